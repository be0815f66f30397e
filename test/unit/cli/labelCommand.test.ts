import assert from "node:assert/strict";
import type { CommandContext } from "../../../src/cli/commandContext.ts";
import { runLabelApply, runLabelEvaluate } from "../../../src/cli/labelCommand.ts";
import { Terminal } from "../../../src/cli/terminal.ts";
import type { ApplyLabellerJob, EvaluateLabellerResult } from "../../../src/protocol/labelMessages.ts";

function benchOf(result: unknown, { isJson, input = "" }: { readonly isJson: boolean; readonly input?: string }) {
  const seen: { out: string; err: string; jobs: unknown[] } = { out: "", err: "", jobs: [] };
  const context = {
    terminal: new Terminal({
      out: { write: (text) => (seen.out += text) },
      err: { write: (text) => (seen.err += text) },
      isJson,
    }),
    resolvePath: (given: string) => `/${given}`,
    readInput: () => Promise.resolve(new TextEncoder().encode(input)),
    signal: new AbortController().signal,
    engine: {
      request: (_method: string, job: unknown) => {
        seen.jobs.push(job);
        return Promise.resolve(result);
      },
    },
  } as unknown as CommandContext;
  return { seen, context };
}

const GROUPS = {
  groups: [
    [
      { text: "The", label: "DET", probability: 0.9 },
      { text: "cat", label: "NOUN", probability: 0.8 },
    ],
    [{ text: "Go", label: "VERB", probability: 0.7 }],
  ],
  empty: [],
};

const FIGURES: EvaluateLabellerResult = {
  count: 4,
  right: 3,
  accuracy: 0.75,
  macroF1: 0.7,
  labels: [{ label: "DET", support: 4, predicted: 3, right: 3, precision: 1, recall: 0.75, f1: 6 / 7 }],
  confusion: [
    { label: "DET", predicted: "DET", count: 3 },
    { label: "DET", predicted: "NOUN", count: 1 },
  ],
  texts: 2,
  unseenLabels: [],
  unknownTokens: { count: 2, right: 1 },
};

describe("The commands of taggers and classifiers", () => {
  it("print what can be read in again, from standard input without its byte order mark", async () => {
    const { seen, context } = benchOf(GROUPS, { isJson: false, input: "\uFEFFThe\r\ncat\r\n\r\nGo\r\n" });
    await runLabelApply({ task: "tag", model: "m", paths: ["-"], isWhole: false }, context);
    assert.equal(seen.out, "The\tDET\ncat\tNOUN\n\nGo\tVERB\n\n");
    const [job] = seen.jobs as [ApplyLabellerJob];
    assert.deepEqual(job, { task: "tag", model: "/m", source: { kind: "text", text: "The\ncat\n\nGo\n" } });
  });

  it("print one JSON object for each sentence where a program reads", async () => {
    const { seen, context } = benchOf(GROUPS, { isJson: true });
    await runLabelApply({ task: "tag", model: "m", paths: ["a"], isWhole: false }, context);
    const lines = seen.out.trimEnd().split("\n");
    assert.deepEqual(JSON.parse(lines[1] ?? ""), { tokens: [{ token: "Go", label: "VERB", probability: 0.7 }] });
  });

  it("take each file as one text where that is asked for", async () => {
    const { seen, context } = benchOf(
      { groups: [[{ text: "/a", label: "py", probability: 1 }]], empty: [] },
      { isJson: false },
    );
    await runLabelApply({ task: "classify", model: "m", paths: ["a", "b"], isWhole: true }, context);
    assert.equal(seen.out, "py\t/a\n");
    const [job] = seen.jobs as [ApplyLabellerJob];
    assert.deepEqual(job.source, { kind: "documents", paths: ["/a", "/b"] });
  });

  it("label what they can beside an empty file, which they name, and fail where all are empty", async () => {
    const nothing = { text: "/b", label: null, probability: null };
    const one = { groups: [[{ text: "/a", label: "py", probability: 1 }, nothing]], empty: ["/b"] };
    const given = { task: "classify", model: "m", paths: ["a", "b"], isWhole: true } as const;
    const people = benchOf(one, { isJson: false });
    assert.equal(await runLabelApply(given, people.context), 0);
    assert.equal(people.seen.out, "py\t/a\n\t/b\n");
    assert.match(people.seen.err, /^Warning: there is nothing to label in \/b/u);
    const json = benchOf(one, { isJson: true });
    await runLabelApply(given, json.context);
    assert.deepEqual(JSON.parse(json.seen.out.split("\n")[1] ?? ""), nothing);
    const none = benchOf({ groups: [[nothing]], empty: ["/b"] }, { isJson: false });
    await assert.rejects(runLabelApply(given, none.context), /nothing to label in \/b; it is empty/u);
  });

  it("say how much is right, by label and with what was mistaken", async () => {
    const given = { task: "tag", model: "m", path: "f" } as const;
    const json = benchOf(FIGURES, { isJson: true });
    await runLabelEvaluate(given, json.context);
    assert.deepEqual(JSON.parse(json.seen.out), FIGURES);
    const people = benchOf(FIGURES, { isJson: false });
    await runLabelEvaluate(given, people.context);
    assert.match(people.seen.out, /75\.0 % right \(3 of 4\), macro F1 0\.700/u);
    assert.match(people.seen.out, /not known from training: 50\.0 % right of 2/u);
    assert.match(people.seen.out, /DET +4 +1\.000 +0\.750 +0\.857/u);
    assert.match(people.seen.out, /1 {2}DET for NOUN/u);
  });
});
