import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import type { InklingApi } from "../../../src/extension/inklingApi.ts";
import type { InklingStatus } from "../../../src/protocol/dashboardMessages.ts";

const trainingSeconds = 20;
/** The workspace is `SampleWorkspace`; these lines of it always go on the same way. */
const knownBeginning = "    when fog is re";
const knownRest = "ported then halve the speed and ring the bell twice";

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly category?: string }[];
    readonly configuration: unknown;
  };
}

function inkling(): vscode.Extension<InklingApi> {
  const extension = vscode.extensions.getExtension<InklingApi>("inkling.inkling");
  assert.ok(extension, "inkling.inkling is installed");
  return extension;
}

function manifest(): Manifest {
  return inkling().packageJSON as Manifest;
}

async function openText(content: string): Promise<vscode.TextEditor> {
  const document = await vscode.workspace.openTextDocument({ content, language: "plaintext" });
  const editor = await vscode.window.showTextDocument(document);
  const end = document.lineAt(document.lineCount - 1).range.end;
  editor.selection = new vscode.Selection(end, end);
  return editor;
}

/** The text of a language that is in sight, active or not. */
function shownText(languageId: string): string {
  const shown = vscode.window.visibleTextEditors.find(({ document }) => document.languageId === languageId);
  assert.ok(shown, `a text in ${languageId} is in sight`);
  return shown.document.getText();
}

/** Paths of the tabs with texts of Inkling's own. */
function ownTabs(): readonly string[] {
  return vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .flatMap(({ input }) =>
      input instanceof vscode.TabInputText && input.uri.scheme === "inkling" ? [input.uri.path] : [],
    )
    .toSorted();
}

/** Settles when the document is as `isWanted` says; mocha's time limit is the limit. */
async function documentChange(document: vscode.TextDocument, isWanted: () => boolean): Promise<void> {
  await new Promise<void>((resolve) => {
    const subscription = vscode.workspace.onDidChangeTextDocument((change) => {
      if (change.document === document && isWanted()) {
        subscription.dispose();
        resolve();
      }
    });
    if (isWanted()) {
      subscription.dispose();
      resolve();
    }
  });
}

/** Asks for ghost text at the caret and takes it. */
async function acceptGhostText(document: vscode.TextDocument): Promise<void> {
  const before = document.getText();
  // The provider is asked in the background; committing does nothing until the ghost text is there.
  await vscode.commands.executeCommand("editor.action.inlineSuggest.trigger");
  const changed = documentChange(document, () => document.getText() !== before);
  const commit = async (): Promise<void> => {
    while (document.getText() === before) {
      await vscode.commands.executeCommand("editor.action.inlineSuggest.commit");
    }
  };
  await Promise.all([changed, commit()]);
}

/** What is said at a place, once it is as wanted; mocha's time limit is the limit. */
async function hoverText(document: vscode.TextDocument, position: vscode.Position, wanted: RegExp): Promise<string> {
  for (;;) {
    const hovers = await vscode.commands.executeCommand<readonly vscode.Hover[]>(
      "vscode.executeHoverProvider",
      document.uri,
      position,
    );
    const parts = hovers.flatMap(({ contents }) => contents.map((part) => (part as vscode.MarkdownString).value));
    const text = parts.join().replaceAll("&nbsp;", " ");
    if (wanted.test(text)) {
      return text;
    }
  }
}

/** Settles when Inkling's status is as `isWanted` says; mocha's time limit is the limit. */
async function statusChange(api: InklingApi, isWanted: (status: InklingStatus) => boolean): Promise<void> {
  await new Promise<void>((resolve) => {
    const subscription = api.onDidChangeStatus((status) => {
      if (isWanted(status)) {
        subscription.dispose();
        resolve();
      }
    });
    if (isWanted(api.status())) {
      subscription.dispose();
      resolve();
    }
  });
}

describe("The extension in its host", () => {
  let api: InklingApi;

  before(async () => {
    api = await inkling().activate();
    await api.whenReady;
  });

  it("is active", () => {
    assert.equal(inkling().isActive, true);
  });

  it("registers every command of its manifest, each in the category Inkling", async () => {
    const { commands } = manifest().contributes;
    const train = commands.find(({ command }) => command === "inkling.trainWorkspace");
    assert.equal(train?.title, "Train LM on workspace");
    assert.deepEqual(
      commands.filter(({ category }) => category !== "Inkling"),
      [],
    );
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      commands.filter(({ command }) => !registered.has(command)),
      [],
    );
  });

  it("keeps the model of a workspace in the workspace's storage, outside the workspace", () => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    assert.ok(folder !== undefined && api.modelDirectory !== undefined);
    assert.equal(api.modelDirectory.startsWith(folder), false);
  });

  it("suggests from counts of the workspace before there is a model", async () => {
    await statusChange(api, ({ counts }) => counts !== null);
    assert.equal(api.status().model, null);
    const { document, selection } = await openText(`    stop at mill 06:10 platform 2\n${knownBeginning}`);
    const { suggestions } = await api.suggest(document, selection.active);
    assert.ok(suggestions[0]?.text.endsWith(knownRest.slice(6)), JSON.stringify(suggestions));
  });

  it("trains on the workspace and tells the perplexity on the way", async function () {
    this.timeout(240_000);
    const seen: InklingStatus[] = [];
    const subscription = api.onDidChangeStatus((status) => seen.push(status));
    const done = await api.train({ budgetSeconds: trainingSeconds, hiddenSize: 128 });
    subscription.dispose();
    // So small a workspace may be known by heart before the budget is over.
    assert.ok(done.stopped === "budget" || done.stopped === "converged", done.stopped);
    const perplexities = seen.flatMap(({ validation }) =>
      validation === null ? [] : [Math.exp(validation.nats / validation.tokens)],
    );
    assert.ok(perplexities.length > 0 && perplexities.at(-1)! < perplexities[0]!, perplexities.join(", "));
    assert.ok(seen.some(({ activity, fraction }) => activity === "training" && fraction > 0 && fraction < 1));
    const { activity, model, failure } = api.status();
    assert.deepEqual([activity, failure], ["idle", null]);
    assert.ok(model?.perplexity !== null && model?.perplexity !== undefined && model.perplexity > 1);
  });

  it("suggests how a known line goes on, with a probability", async () => {
    const { document, selection } = await openText(`    stop at mill 06:10 platform 2\n${knownBeginning}`);
    const { suggestions } = await api.suggest(document, selection.active);
    const [first] = suggestions;
    assert.ok(first, "there is a suggestion");
    assert.ok(first.probability > 0 && first.probability <= 1);
    const { start, end } = first.range;
    const replaced = document.getText(new vscode.Range(start.line, start.column, end.line, end.column));
    const inserted = first.text.slice(replaced.length);
    assert.ok(first.text.startsWith(replaced) && knownRest.startsWith(inserted.trimEnd()) && inserted !== "", inserted);
  });

  it("inserts the ghost text when the editor's command accepts it", async () => {
    const { document } = await openText(`    stop at mill 06:10 platform 2\n${knownBeginning}`);
    await acceptGhostText(document);
    const line = document.lineAt(1).text;
    assert.ok(line.startsWith(knownBeginning) && (knownBeginning + knownRest).startsWith(line.trimEnd()), line);
  });

  it("puts the ghost text into its place in a document of CRLF lines, and no other line end", async () => {
    const { document } = await openText("");
    const editor = vscode.window.activeTextEditor!;
    assert.equal(
      await editor.edit((builder) => {
        builder.setEndOfLine(vscode.EndOfLine.CRLF);
      }),
      true,
    );
    assert.equal(
      await editor.edit((builder) => {
        builder.insert(new vscode.Position(0, 0), `    stop at mill 06:10 platform 2\n${knownBeginning}\nend`);
      }),
      true,
    );
    const caret = new vscode.Position(1, knownBeginning.length);
    editor.selection = new vscode.Selection(caret, caret);
    const before = document.getText();
    assert.equal(before, `    stop at mill 06:10 platform 2\r\n${knownBeginning}\r\nend`);
    await acceptGhostText(document);
    const line = document.lineAt(1).text;
    assert.ok(line.length > knownBeginning.length && (knownBeginning + knownRest).startsWith(line.trimEnd()), line);
    assert.equal(document.getText(), `    stop at mill 06:10 platform 2\r\n${line}\r\nend`);
  });

  it("samples the same text for the same seed", async () => {
    const sample = { prompt: "line mill-01\n", lengthTokens: 60, temperature: 0.5, seed: 3 };
    const text = await api.sample(sample);
    assert.ok(text.length > 30 && text.includes("\n"), text);
    assert.equal(await api.sample(sample), text);
    assert.notEqual(await api.sample({ ...sample, seed: 4 }), text);
  });

  it("shows samples and reports in languages of their own", async () => {
    await vscode.commands.executeCommand("inkling.showReport");
    assert.match(shownText("inkling-report"), /^# Inkling report/);
    await vscode.commands.executeCommand("inkling.sampleText");
    assert.match(shownText("inkling-sample"), /^# Inkling sample/);
  });

  it("wraps the lines of its texts, which are no code", () => {
    for (const languageId of ["inkling-report", "inkling-sample", "log"]) {
      const settings = vscode.workspace.getConfiguration("editor", { languageId });
      assert.deepEqual([settings.get("wordWrap"), settings.get("minimap.enabled")], ["on", false], languageId);
    }
  });

  it("opens its texts beside the text that is written, which keeps the caret", async () => {
    await vscode.commands.executeCommand("workbench.action.joinAllGroups");
    const written = await openText("written");
    // Its tab lies behind the text now.
    await vscode.commands.executeCommand("inkling.showReport");
    assert.equal(vscode.window.activeTextEditor?.document, written.document);
    assert.ok(vscode.window.visibleTextEditors.some(({ document }) => document === written.document));
    assert.match(shownText("inkling-report"), /^# Inkling report/);
    assert.deepEqual(ownTabs(), ["/Model.inkling-report", "/Sample.inkling-sample"]);
  });

  it("shows each of its texts in one tab, wherever it is, and the log with what was written to it", async () => {
    await vscode.commands.executeCommand("inkling.showReport");
    await openText("elsewhere");
    await vscode.commands.executeCommand("workbench.action.splitEditorRight");
    await vscode.commands.executeCommand("inkling.showReport");
    await vscode.commands.executeCommand("inkling.sampleText");
    await vscode.commands.executeCommand("inkling.showLog");
    const logged = shownText("log");
    assert.match(logged, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \[info\] Inkling \d/m);
    assert.match(logged, /\[info\] Step [\d,]+: validation perplexity [\d.,]+/);
    assert.deepEqual(ownTabs(), ["/Inkling.log", "/Model.inkling-report", "/Sample.inkling-sample"]);
    await vscode.commands.executeCommand("workbench.action.joinAllGroups");
  });

  it("explains what it expects at the caret", async () => {
    await openText(`    stop at mill 06:10 platform 2\n${knownBeginning}`);
    await vscode.commands.executeCommand("inkling.explainSuggestion");
    const text = shownText("inkling-report");
    assert.match(text, /^# Inkling explanation\n/);
    assert.match(text, /^line so far: ".*when fog is re"$/m);
    assert.match(text, /^- 1: ".+" (?:> |< )?\d+(?:\.\d+)? %/m);
  });

  it("shows how surprising the tokens of a file are, after an edit anew, until that is switched off", async () => {
    const { document } = await openText(`    stop at mill 06:10 platform 2\n${knownBeginning}`);
    const end = document.lineAt(1).range.end;
    await vscode.commands.executeCommand("inkling.toggleSurprise");
    assert.match(await hoverText(document, new vscode.Position(1, 10), /bits/), /"[^"]+": [\d.]+ bits, probability/);
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, end, " zebra");
    await vscode.workspace.applyEdit(edit);
    assert.match(await hoverText(document, end.translate(0, 3), /bits/), /bits/);
    await vscode.commands.executeCommand("inkling.toggleSurprise");
    assert.equal(await hoverText(document, end, /^$/), "");
  });

  it("says when suggestions are switched off", async () => {
    await vscode.commands.executeCommand("inkling.toggleSuggestions");
    const wasEnabled = api.status().isEnabled;
    await vscode.commands.executeCommand("inkling.toggleSuggestions");
    assert.deepEqual([wasEnabled, api.status().isEnabled], [false, true]);
  });

  it("stops a training on request and keeps a model that works", async function () {
    this.timeout(120_000);
    const stopped = api.train({ budgetSeconds: 600 });
    await statusChange(api, ({ phase, progress }) => phase === "training" && progress !== null && progress.step > 0);
    api.cancelTraining();
    assert.equal((await stopped).stopped, "cancelled");
    assert.equal(api.status().activity, "idle");
    const { document, selection } = await openText(`line mill-01\n    col`);
    const { silence } = await api.suggest(document, selection.active);
    assert.notEqual(silence, "noModel");
  });

  it("compares models on the workspace, a row for each as it comes", async function () {
    this.timeout(120_000);
    const { rows } = await api.compare({ models: ["kn3", "rnn"], budgetSeconds: 3 });
    assert.deepEqual(
      rows.map(({ model }) => model),
      ["kn3", "rnn"],
    );
    assert.ok(rows.every(({ bitsPerByte }) => bitsPerByte !== null && bitsPerByte > 0 && bitsPerByte < 8));
    const kept = api.comparison();
    assert.deepEqual([kept?.state, kept?.rows.length], ["done", 2]);
  });

  it("stops a comparison on request, keeps its rows, and trains nothing meanwhile", async function () {
    this.timeout(120_000);
    const ended = api.compare({ models: ["kn3", "rnn"], budgetSeconds: 600 });
    while (api.comparison()?.rows.length !== 1 || api.comparison()?.current === null) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await assert.rejects(api.train({ budgetSeconds: 1 }), /comparing models/);
    await vscode.commands.executeCommand("inkling.cancelComparison");
    await assert.rejects(ended, /cancelled/);
    assert.deepEqual([api.comparison()?.state, api.comparison()?.rows.length], ["cancelled", 1]);
  });

  it("refuses models that do not exist, with those that do", async () => {
    await assert.rejects(api.compare({ models: ["transformer"], budgetSeconds: 1 }), /no model called "transformer"/);
    assert.equal(api.comparison()?.state, "failed");
  });

  it("inspects gradients on the workspace, two rows for each network", async function () {
    this.timeout(180_000);
    const { rows, window } = await api.inspectGradients({ budgetSeconds: 2 });
    assert.deepEqual(
      rows.map(({ model, stage }) => `${model} ${stage}`),
      ["rnn", "lstm", "gru"].flatMap((model) => [`${model} untrained`, `${model} trained`]),
    );
    assert.ok(rows.every(({ hiddenNorms }) => hiddenNorms.every((norm) => norm > 0)));
    const kept = api.gradients();
    assert.deepEqual([kept?.state, kept?.rows.length, kept?.text?.window], ["done", 6, window]);
  });

  it("says of a file that is not there why no gradients can be inspected on it", async function () {
    this.timeout(60_000);
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
    const path = join(folder, "no-such-file.txt");
    await assert.rejects(api.inspectGradients({ path, budgetSeconds: null }), /does not exist/);
    assert.equal(api.gradients()?.state, "failed");
  });

  it("stops inspecting gradients on request, keeps its rows, and trains nothing meanwhile", async function () {
    this.timeout(120_000);
    const ended = api.inspectGradients({ budgetSeconds: 600 });
    while (api.gradients()?.rows.length !== 1 || api.gradients()?.current === null) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await assert.rejects(api.train({ budgetSeconds: 1 }), /inspecting gradients/);
    await assert.rejects(api.compare({ models: ["kn3"], budgetSeconds: 1 }), /inspecting gradients/);
    await vscode.commands.executeCommand("inkling.cancelGradients");
    await assert.rejects(ended, /cancelled/);
    assert.deepEqual([api.gradients()?.state, api.gradients()?.rows.length], ["cancelled", 1]);
  });

  it("writes nothing into the workspace", () => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
    for (const name of [".inkling", "inkling", ".vscode"]) {
      assert.equal(existsSync(join(folder, name)), false, name);
    }
  });
});
