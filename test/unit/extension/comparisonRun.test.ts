import assert from "node:assert/strict";
import { LmError } from "../../../src/base/errors.ts";
import { type ComparingEngine, ComparisonRun } from "../../../src/extension/comparisonRun.ts";
import { buildCompareJob } from "../../../src/extension/compareJob.ts";
import { readSettings } from "../../../src/extension/settings.ts";
import type { ComparePoint, CompareRow } from "../../../src/protocol/compareMessages.ts";
import { type ComparisonView, isComparisonView } from "../../../src/protocol/comparisonView.ts";
import { comparisonEndText, comparisonProgressText } from "../../../src/protocol/comparisonWords.ts";
import { ManualTime } from "../../fakes/manualTime.ts";
import { MemoryMemento } from "../../fakes/memoryMemento.ts";
import { RecordingLog } from "../../fakes/recordingLog.ts";

const ROW: CompareRow = {
  model: "kn5",
  parameters: 1000,
  seconds: 1,
  tokensPerSecond: 5000,
  perplexity: 20,
  bitsPerByte: 1.5,
  top1: 0.5,
  tokens: 100,
  bytes: 300,
  unknownTokens: 0,
  validationPerplexity: 21,
  multiplicationsPerToken: null,
  stopped: null,
  passes: null,
  sample: null,
};

const POINT: ComparePoint = {
  elapsedSeconds: 0,
  tokens: 100,
  passes: 1,
  trainingPerplexity: 50,
  validationPerplexity: 60,
  learningRate: 0.01,
  tokensPerSecond: 1000,
  clippedFraction: 0,
};

const JOB = buildCompareJob({
  folders: [{ path: "/w", name: "w" }],
  editorExcludes: ["**/.git"],
  settings: readSettings((key) => ({ exclude: ["**/*.csv"], "training.seed": 7 })[key]),
  choice: { models: ["kn5", "lstm"], budgetSeconds: 20 },
});

function begin(
  compare: ComparingEngine["compare"],
  memory = new MemoryMemento(),
): { readonly run: ComparisonRun; readonly memory: MemoryMemento; readonly seen: ComparisonView[] } {
  const run = new ComparisonRun({ engine: { compare }, memory, clock: new ManualTime(), log: new RecordingLog() });
  const seen: ComparisonView[] = [];
  run.onDidChange((view) => seen.push(view));
  return { run, memory, seen };
}

/** Scores one model, begins another, and then waits to be cancelled. */
const halting: ComparingEngine["compare"] = (_job, { signal, onEvent }) => {
  onEvent({ type: "compareRow", row: ROW });
  onEvent({ type: "compareProgress", model: "lstm", fraction: 0.5, trainingPerplexity: 9, tokensPerSecond: 1 });
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => {
      reject(new LmError("cancelled", "The comparison was cancelled."));
    });
  });
};

describe("A comparison from the editor", () => {
  it("reads the files that training would read, with the settings' seed", () => {
    assert.deepEqual(JOB.source.kind === "folder" ? JOB.source.corpus.exclude : null, ["**/.git", "**/*.csv"]);
    assert.deepEqual([JOB.models, JOB.budgetSeconds, JOB.epochs, JOB.seed], [["kn5", "lstm"], 20, null, 7]);
  });

  it("shows how far it is and every row as it comes, and keeps what it gave for the next session", async () => {
    const { run, memory, seen } = begin((_job, { onEvent }) => {
      onEvent({ type: "compareRow", row: ROW });
      onEvent({ type: "compareProgress", model: "lstm", fraction: 0.5, trainingPerplexity: 9, tokensPerSecond: 1 });
      onEvent({
        type: "comparePoint",
        model: "lstm",
        point: { ...POINT, elapsedSeconds: 5, validationPerplexity: 40 },
      });
      onEvent({
        type: "comparePoint",
        model: "lstm",
        point: { ...POINT, elapsedSeconds: 9, validationPerplexity: NaN },
      });
      onEvent({
        type: "compareRow",
        row: { ...ROW, model: "lstm", perplexity: Infinity, bitsPerByte: Infinity, sample: "abc" },
      });
      return Promise.resolve({ rows: [], failures: [{ model: "gru", message: "It exploded." }] });
    });
    await run.run(JOB);
    assert.deepEqual(
      seen.map(({ state, rows, current }) => `${state} ${rows.length} ${current?.model ?? ""}`),
      ["running 0 ", "running 1 ", "running 1 lstm", "running 1 lstm", "running 1 lstm", "running 2 ", "done 2 "],
    );
    assert.equal(comparisonProgressText(seen[2] as ComparisonView), "Comparing models, 2 of 2: lstm 50 %");
    assert.equal(run.view?.rows[1]?.perplexity, null);
    assert.deepEqual(run.view.samples, [{ model: "lstm", text: "abc" }]);
    assert.equal(run.view.problem, "gru came to nothing: It exploded.");
    assert.deepEqual(run.view.curves, [{ model: "lstm", points: [{ seconds: 5, perplexity: 40 }] }]);
    assert.deepEqual(begin(halting, memory).run.view, run.view);
  });

  it("keeps the rows that it has where it is cancelled, and can be begun again", async () => {
    const { run, seen } = begin(halting);
    const ended = assert.rejects(run.run(JOB), /cancelled/u);
    await assert.rejects(run.run(JOB), (error) => error instanceof LmError && error.code === "trainingBusy");
    assert.throws(() => run.refuseWhileRunning(), /comparing models: wait for that, or cancel/u);
    run.cancel();
    run.cancel();
    await ended;
    assert.deepEqual([run.view?.state, run.view?.rows.length, run.view?.problem], ["cancelled", 1, null]);
    assert.equal(seen.filter(({ state }) => state === "cancelling").length, 1);
    run.refuseWhileRunning();
  });

  it("says why it failed", async () => {
    const { run } = begin(() => Promise.reject(new LmError("noDocuments", "Found no text. Open another folder.")));
    await assert.rejects(run.run(JOB), /Found no text/u);
    assert.deepEqual([run.view?.state, run.view?.problem], ["failed", "Found no text. Open another folder."]);
  });

  it("shows nothing of an earlier session that is damaged, or that never came to an end", async () => {
    const memory = new MemoryMemento();
    for (const kept of [{ rows: "none" }, { ...(begin(halting).run.view ?? {}), state: "running" }]) {
      await memory.update("inkling.comparison", kept);
      assert.equal(begin(halting, memory).run.view, null);
    }
  });

  it("names the model with the fewest bits at its end", () => {
    const rows = [ROW, { ...ROW, model: "lstm", perplexity: 12, bitsPerByte: 1.25 }];
    assert.equal(comparisonEndText({ rows }), "Compared 2 models; lstm needs the fewest bits: 1.25 for each byte.");
    const unknown = rows.map((row) => ({ ...row, unknownTokens: 3, bitsPerByte: null }));
    assert.equal(comparisonEndText({ rows: unknown }), "Compared 2 models; lstm has the least perplexity: 12.0.");
  });
});

describe("The view of a comparison", () => {
  const view = {
    startedEpochMs: 1,
    models: ["kn5"],
    budgetSeconds: 1,
    state: "done",
    current: null,
    rows: [],
    curves: [{ model: "lstm", points: [{ seconds: 1, perplexity: 9 }] }],
    samples: [],
  };

  it("is taken as it comes out of JSON", () => {
    assert.ok(isComparisonView({ ...view, problem: null }));
  });

  for (const [title, changes] of [
    ["an unknown state", { state: "asleep" }],
    ["a row without figures", { rows: [{ model: "kn5" }] }],
    ["a sample that is no text", { samples: [{ model: "kn5", text: 1 }] }],
    ["a curve of no numbers", { curves: [{ model: "lstm", points: [{ seconds: 1, perplexity: null }] }] }],
    ["no problem at all", { problem: undefined }],
  ] as const) {
    it(`is refused with ${title}`, () => {
      assert.equal(isComparisonView({ ...view, problem: null, ...changes }), false);
    });
  }
});
