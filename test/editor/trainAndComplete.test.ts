import assert from "node:assert/strict";
import { EditorSession, keepEvidence, keepScreenshot, requiredVsix } from "./editorSession.ts";
import { knownLines, SampleWorkspace } from "./sampleWorkspace.ts";
import {
  countInk,
  editor,
  editorShowing,
  openUntitled,
  runCommand,
  shownLines,
  StatusBarRecord,
  statusBarItem,
  waitForGhostText,
  waitForNoGhostText,
  webviewContent,
} from "./workbench.ts";

const trainingSeconds = 45;
/** Corpus, tokenizer, start of TensorFlow and last checkpoint come on top, on a machine that may be busy. */
const trainingMs = (trainingSeconds + 150) * 1000;
/** A status that shows a perplexity and no progress. */
const trainedStatus = /^\s*(?:final )?ppl [\d.,]+( · portable)?\s*$/;
const [typedLine, otherLine, thirdLine] = knownLines;

describe("A person who trains a model and writes with it", function () {
  this.timeout(60_000);
  // Each step stands on the one before.
  this.bail(true);
  const workspace = new SampleWorkspace();
  let session: EditorSession | undefined;
  let trainedText = "";

  function page(): EditorSession["page"] {
    assert.ok(session, "the editor is open");
    return session.page;
  }

  before(async function () {
    this.timeout(240_000);
    session = await EditorSession.open({
      workspace: workspace.folder,
      vsixes: [requiredVsix()],
      // A small network suits a small workspace, and learns it also on a machine that is busy.
      settings: { "inkling.training.budget": `${trainingSeconds}s`, "inkling.training.hiddenSize": 128 },
    });
  });

  afterEach(async function () {
    if (this.currentTest?.state === "failed" && session !== undefined) {
      await keepEvidence(session, "journey-failed");
    }
  });

  after(async () => {
    await session?.dispose();
    workspace.dispose();
  });

  it("finds Inkling in the status bar of the folder", async () => {
    await statusBarItem(page(), /Inkling/).waitFor({ timeout: 60_000 });
    await keepScreenshot(page(), "1-opened");
  });

  it("trains by the command, and sees the perplexity fall in the status bar", async function () {
    this.timeout(trainingMs);
    const record = await StatusBarRecord.start(page(), /ppl/);
    await runCommand(page(), "Inkling: Train LM on workspace");
    await statusBarItem(page(), /(?<!training )ppl [\d.,]+ · training [\d.,]+ [1-9]\d%/).waitFor({
      timeout: trainingMs,
    });
    await keepScreenshot(page(), "2-training");
    await statusBarItem(page(), trainedStatus).waitFor({ timeout: trainingMs });
    await keepScreenshot(page(), "3-trained");
    trainedText = (await statusBarItem(page(), trainedStatus).innerText()).trim();
    // Of the training text until the first look at the held-out one, by which a fast machine knows most of it.
    const perplexities = distinct(record.texts.flatMap((text) => /ppl ([\d.,]+)/.exec(text)?.[1] ?? []));
    const values = perplexities.map((text) => Number(text.replaceAll(",", "")));
    assert.ok(values.length >= 3, `at least three perplexities are shown: ${record.texts.join(" | ")}`);
    const phases = ["measuring", "learning how far to trust it", "saving"];
    const named = phases.filter((phase) => record.texts.some((text) => text.includes(phase)));
    assert.ok(named.length > 0, `a phase after the last step is named: ${record.texts.join(" | ")}`);
    assert.ok(values.at(-1)! < values[0]!, `the last is below the first: ${values.join(", ")}`);
  });

  it("types the beginning of a line and sees the rest as ghost text", async () => {
    await openUntitled(page());
    await page().keyboard.type("    stop at mill 06:10 platform 2\n", { delay: 10 });
    const typed = typedLine.slice(0, 16);
    await page().keyboard.type(typed, { delay: 30 });
    const ghost = await waitForGhostText(page());
    await keepScreenshot(page(), "4-ghost-text");
    const rest = typedLine.slice(typed.length);
    assert.ok(
      ghost.length >= 4 && rest.startsWith(ghost),
      `\`${ghost}\` begins what the workspace goes on with: \`${rest}\``,
    );
  });

  it("accepts it with Tab", async () => {
    const ghost = await waitForGhostText(page());
    await page().keyboard.press("Tab");
    const expected = `    ${typedLine.slice(0, 16)}${ghost}`;
    await editor(page()).locator(".view-line", { hasText: expected.trim() }).first().waitFor();
    await keepScreenshot(page(), "5-accepted");
    assert.equal((await shownLines(page()))[1], expected);
  });

  it("opens the dashboard and finds its curves and figures", async () => {
    await runCommand(page(), "Notifications: Clear All Notifications");
    await runCommand(page(), "Inkling: Show dashboard");
    const dashboard = webviewContent(page());
    await dashboard.locator("canvas").first().waitFor({ timeout: 30_000 });
    const drawn = await dashboard.locator("canvas").evaluateAll(countInk);
    await keepScreenshot(page(), "6-dashboard");
    assert.ok(
      drawn.length > 0 && drawn.every((count) => count > 100),
      `every curve is drawn: ${drawn.join(", ")} pixels`,
    );
    const text = await dashboard.locator("body").innerText();
    const figure = /ppl ([\d.,]+)/.exec(trainedText)?.[1] ?? "missing";
    assert.match(text, /perplexity/i);
    assert.match(text, /steps clipped\s+(< )?\d/i);
    assert.ok(text.includes(figure), `the dashboard names the perplexity ${figure} of the status bar: ${text}`);
  });

  it("writes on beside the dashboard", async () => {
    await runCommand(page(), "View: Focus First Editor Group");
    await page().keyboard.press("End");
    // The editor keeps the indentation.
    await page().keyboard.type(`\n${knownLines[4].slice(0, 8)}`, { delay: 30 });
    const ghost = await waitForGhostText(page());
    await keepScreenshot(page(), "7-beside-dashboard");
    assert.ok(knownLines[4].slice(8).startsWith(ghost.trimEnd()), ghost);
  });

  it("opens the report, coloured by its grammar", async () => {
    await runCommand(page(), "Inkling: Show model report");
    await page().locator(".tab.active", { hasText: "Model.inkling-report" }).waitFor();
    const perplexity = editorShowing(page(), "Model.inkling-report")
      .locator(".view-line", { hasText: "validation perplexity:" })
      .first();
    // The editor draws the text first and colours it when the grammar is loaded.
    await perplexity.locator("span > span").nth(1).waitFor();
    await keepScreenshot(page(), "8-report");
    const colours = await perplexity.locator("span > span").evaluateAll((spans) =>
      spans.map((span) => ({
        text: span.textContent.replaceAll("\u00a0", " ").trim(),
        colour: span.getAttribute("class"),
      })),
    );
    const name = colours.find(({ text }) => text.startsWith("validation"))?.colour;
    const figure = colours.find(({ text }) => /^[\d.]+$/.test(text))?.colour;
    assert.ok(name !== undefined && figure !== undefined && name !== figure, JSON.stringify(colours));
  });

  it("reloads the window and finds perplexity and ghost text again, without training", async () => {
    await session?.reload();
    await statusBarItem(page(), trainedStatus).waitFor({ timeout: 60_000 });
    assert.equal((await statusBarItem(page(), trainedStatus).innerText()).trim(), trainedText);
    await openUntitled(page());
    const typed = otherLine.slice(0, 16);
    await page().keyboard.type(`    stop at mill 06:10 platform 2\n${typed}`, { delay: 20 });
    const ghost = await waitForGhostText(page());
    await keepScreenshot(page(), "9-reloaded");
    assert.ok(
      ghost.length >= 4 && otherLine.slice(typed.length).startsWith(ghost),
      `\`${ghost}\` continues \`${typed}\``,
    );
  });

  it("finds the model in a new window of the same folder, opened by a browser that remembers nothing", async () => {
    await session?.openWindow(workspace.folder);
    await statusBarItem(page(), trainedStatus).waitFor({ timeout: 60_000 });
    assert.equal((await statusBarItem(page(), trainedStatus).innerText()).trim(), trainedText);
    await openUntitled(page());
    const typed = otherLine.slice(0, 16);
    await page().keyboard.type(`    stop at mill 06:10 platform 2\n${typed}`, { delay: 20 });
    const ghost = await waitForGhostText(page());
    assert.ok(
      ghost.length >= 4 && otherLine.slice(typed.length).startsWith(ghost),
      `\`${ghost}\` continues \`${typed}\``,
    );
  });

  it("stops suggesting at once when it is switched off, and goes on when it is switched on", async () => {
    const ghost = await waitForGhostText(page());
    await runCommand(page(), "Inkling: Toggle inline suggestions");
    await statusBarItem(page(), /^\s*Inkling: off\s*$/).waitFor();
    await waitForNoGhostText(page());
    await keepScreenshot(page(), "10-switched-off");
    await runCommand(page(), "Inkling: Toggle inline suggestions");
    await statusBarItem(page(), trainedStatus).waitFor();
    assert.equal(await waitForGhostText(page()), ghost);
  });

  it("shows the log, and its texts in one tab each wherever they are", async () => {
    await runCommand(page(), "Inkling: Show log");
    await editorShowing(page(), "Inkling.log").locator(".view-line", { hasText: "[info] Inkling" }).first().waitFor();
    await runCommand(page(), "Inkling: Doctor");
    const doctor = editorShowing(page(), "Doctor.inkling-report").locator(".view-line", {
      hasText: "# Inkling doctor",
    });
    await doctor.first().waitFor({ timeout: 60_000 });
    await runCommand(page(), "View: Split Editor Right");
    await runCommand(page(), "Inkling: Show log");
    await keepScreenshot(page(), "11-log");
    assert.equal(await page().locator(".tab", { hasText: "Inkling.log" }).count(), 1);
  });

  it("keeps a model for each folder", async () => {
    const other = new SampleWorkspace();
    try {
      await session?.openWindow(other.folder);
      await statusBarItem(page(), /^\s*Inkling: train\s*$/).waitFor({ timeout: 60_000 });
      await session?.openWindow(workspace.folder);
      await statusBarItem(page(), trainedStatus).waitFor({ timeout: 60_000 });
    } finally {
      other.dispose();
    }
  });

  it("goes on training, gets ghost text meanwhile, and cancels", async () => {
    await runCommand(page(), "Inkling: Continue training");
    await statusBarItem(page(), /ppl [\d.,]+ (?:· training [\d.,]+ )?[1-9]\d?%/).waitFor({ timeout: 60_000 });
    await openUntitled(page());
    await page().keyboard.type(`    stop at mill 06:10 platform 2\n${thirdLine.slice(0, 16)}`, { delay: 20 });
    const ghost = await waitForGhostText(page());
    await keepScreenshot(page(), "12-while-training");
    assert.ok(thirdLine.slice(16).startsWith(ghost.trimEnd()), ghost);
    assert.match(await statusBarItem(page(), /ppl/).innerText(), /%/);
    await runCommand(page(), "Inkling: Cancel training");
    await statusBarItem(page(), trainedStatus).waitFor({ timeout: 60_000 });
  });
});

function distinct(texts: readonly string[]): readonly string[] {
  return texts.filter((text, index) => text !== texts[index - 1]);
}
