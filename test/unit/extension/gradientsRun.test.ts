import assert from "node:assert/strict";
import { LmError } from "../../../src/base/errors.ts";
import { buildGradientJob, type GradientChoice } from "../../../src/extension/gradientJob.ts";
import { type GradientEngine, GradientsRun } from "../../../src/extension/gradientsRun.ts";
import { readSettings } from "../../../src/extension/settings.ts";
import type { GradientJob } from "../../../src/protocol/gradientMessages.ts";
import type { GradientView } from "../../../src/protocol/gradientView.ts";
import { readGradientJob } from "../../../src/protocol/gradientValidators.ts";
import { gradientEndText, gradientProgressText } from "../../../src/protocol/gradientWords.ts";
import { ManualTime } from "../../fakes/manualTime.ts";
import { MemoryMemento } from "../../fakes/memoryMemento.ts";
import { RecordingLog } from "../../fakes/recordingLog.ts";
import { gradientRow, untrainedRow } from "../../support/sampleGradients.ts";

function jobOf(choice: GradientChoice): GradientJob {
  return buildGradientJob({
    folders: [{ path: "/w", name: "w" }],
    editorExcludes: ["**/.git"],
    settings: readSettings((key) => ({ exclude: ["**/*.csv"], "training.seed": 7, "training.tokenizer": "char" })[key]),
    choice,
  });
}

const JOB = jobOf({ path: null, budgetSeconds: 20 });
const PROGRESS = {
  type: "gradientProgress",
  model: "lstm",
  fraction: 0.5,
  trainingPerplexity: 9,
  tokensPerSecond: 1,
} as const;

function begin(
  gradients: GradientEngine["gradients"],
  memory = new MemoryMemento(),
): { readonly run: GradientsRun; readonly memory: MemoryMemento; readonly seen: GradientView[] } {
  const run = new GradientsRun({ engine: { gradients }, memory, clock: new ManualTime(), log: new RecordingLog() });
  const seen: GradientView[] = [];
  run.onDidChange((view) => seen.push(view));
  return { run, memory, seen };
}

/** Looks at one network, trains another, and then waits to be cancelled. */
const halting: GradientEngine["gradients"] = (_job, { signal, onEvent }) => {
  onEvent({ type: "gradientRow", row: untrainedRow() });
  onEvent(PROGRESS);
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => {
      reject(new LmError("cancelled", "The look at the gradients was cancelled."));
    });
  });
};

describe("A look at gradients from the editor", () => {
  it("reads the files that training would read, or one file, as the engine takes it", () => {
    assert.deepEqual(JOB.source.kind === "folder" ? JOB.source.corpus.exclude : null, ["**/.git", "**/*.csv"]);
    assert.deepEqual([JOB.models, JOB.tokenizer, JOB.seed], [["rnn", "lstm", "gru"], "char", 7]);
    assert.deepEqual(readGradientJob(structuredClone(JOB)), JOB);
    const ofFile = jobOf({ path: "/w/a.txt", budgetSeconds: null });
    assert.deepEqual([ofFile.source, ofFile.budgetSeconds], [{ kind: "file", path: "/w/a.txt" }, null]);
  });

  it("shows how far it is and every row as it comes, and keeps what it gave for the next session", async () => {
    const trained = gradientRow();
    assert.ok(trained.training !== null);
    const { run, memory, seen } = begin((_job, { onEvent }) => {
      onEvent({ type: "gradientText", vocabularySize: 9, trainingTokens: 99, window: "ab", target: "c" });
      onEvent({ type: "gradientRow", row: untrainedRow() });
      onEvent(PROGRESS);
      onEvent({ type: "notice", level: "info", message: "No GPU." });
      onEvent({ type: "notice", level: "warning", message: "The loss of lstm exploded." });
      const training = { ...trained.training, validationPerplexity: Infinity } as NonNullable<typeof trained.training>;
      onEvent({ type: "gradientRow", row: { ...trained, training } });
      return Promise.resolve({ window: "ab", target: "c", rows: [] });
    });
    await run.run(JOB, "the files of this workspace");
    assert.deepEqual(
      seen.map(({ state, rows, current }) => `${state} ${rows.length} ${current?.model ?? ""}`),
      ["running 0 ", "running 0 ", "running 1 ", "running 1 lstm", "running 2 ", "done 2 "],
    );
    assert.equal(gradientProgressText(seen[3] as GradientView), "Inspecting gradients, 1 of 3: lstm 50 %");
    assert.equal(gradientProgressText(seen[4] as GradientView), "Inspecting gradients, 2 of 3…");
    assert.deepEqual(run.view?.text, { window: "ab", target: "c" });
    assert.equal(run.view.rows[1]?.training?.validationPerplexity, null);
    assert.equal(run.view.problem, "The loss of lstm exploded.");
    assert.deepEqual(begin(halting, memory).run.view, run.view);
  });

  it("keeps the rows that it has where it is cancelled, and can be begun again", async () => {
    const { run, seen } = begin(halting);
    const ended = assert.rejects(run.run(JOB, "w"), /cancelled/u);
    await assert.rejects(run.run(JOB, "w"), (error) => error instanceof LmError && error.code === "trainingBusy");
    assert.throws(() => run.refuseWhileRunning(), /inspecting gradients: wait for that, or cancel/u);
    run.cancel();
    run.cancel();
    await ended;
    assert.deepEqual([run.view?.state, run.view?.rows.length, run.view?.problem], ["cancelled", 1, null]);
    assert.equal(seen.filter(({ state }) => state === "cancelling").length, 1);
    run.refuseWhileRunning();
  });

  it("says why it failed", async () => {
    const { run } = begin(() => Promise.reject(new LmError("fileUnreadable", "/a does not exist; name a text file.")));
    await assert.rejects(run.run(JOB, "a"), /does not exist/u);
    assert.deepEqual([run.view?.state, run.view?.problem], ["failed", "/a does not exist; name a text file."]);
  });

  it("tells at its end what a step back does to the norm in each network", () => {
    const rows = [untrainedRow(), gradientRow(), untrainedRow({ model: "rnn", hiddenFactor: null })];
    assert.equal(gradientEndText(rows), "A step back multiplies the norm of the gradient by 0.500 in lstm, – in rnn.");
  });
});
