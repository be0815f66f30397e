import assert from "node:assert/strict";
import { readHistoryText, writeHistoryText } from "../../../src/extension/historyText.ts";
import { RunRecorder } from "../../../src/extension/runRecorder.ts";
import { EMPTY_RUN_HISTORY } from "../../../src/protocol/dashboardMessages.ts";
import { CORPUS, evaluationEvent, progressEvent } from "./samplePoints.ts";

const START = { startedEpochMs: 1000, budgetSeconds: 120, mode: "fullSpeed", isContinuing: false } as const;

function recorded(stepCount: number): RunRecorder {
  const recorder = new RunRecorder();
  recorder.start(START);
  for (let index = 1; index <= stepCount; index++) {
    recorder.add(progressEvent({ step: 10 * index, elapsedSeconds: index, lossNats: index % 2 === 0 ? 2 : 4 }));
  }
  return recorder;
}

describe("RunRecorder", () => {
  it("tells new points by themselves and the first one with everything", () => {
    const recorder = new RunRecorder();
    recorder.start(START);
    assert.equal(recorder.add(progressEvent({ step: 10 })).kind, "everything");
    const change = recorder.add(progressEvent({ step: 30 }));
    assert.ok(change.kind === "points");
    assert.deepEqual(
      change.progress.map(({ step, stepCount }) => [step, stepCount]),
      [[30, 20]],
    );
  });

  it("stays bounded on a long run and keeps its means", () => {
    const recorder = recorded(20_000);
    const { progress } = recorder.history;
    assert.ok(progress.length <= 1200, `${progress.length} points`);
    const stepCount = progress.reduce((sum, point) => sum + point.stepCount, 0);
    assert.equal(stepCount, 200_000);
    const mean = progress.reduce((sum, point) => sum + point.lossNats * point.stepCount, 0) / stepCount;
    assert.ok(Math.abs(mean - 3) < 1e-9, `mean ${mean}`);
    assert.deepEqual(
      progress.map(({ step }) => step),
      [...progress.map(({ step }) => step)].sort((a, b) => a - b),
    );
  });

  it("keeps the best measurement however many there are", () => {
    const recorder = new RunRecorder();
    recorder.start(START);
    for (let step = 1; step <= 3000; step++) {
      recorder.add(evaluationEvent({ step, nats: step === 777 ? 10 : 5000 }));
    }
    const { evaluations } = recorder.history;
    assert.ok(evaluations.length <= 600);
    assert.ok(evaluations.some(({ step }) => step === 777));
    assert.equal(evaluations.at(-1)?.step, 3000);
  });

  it("leaves out what is not finite", () => {
    const recorder = recorded(1);
    assert.equal(recorder.add(progressEvent({ step: 20, lossNats: NaN })).kind, "none");
    assert.equal(recorder.add(evaluationEvent({ nats: Infinity })).kind, "none");
    assert.equal(recorder.history.progress.length, 1);
  });

  it("forgets the old run when a new one starts", () => {
    const recorder = recorded(5);
    recorder.start({ ...START, startedEpochMs: 2000 });
    assert.deepEqual(recorder.history, {
      ...EMPTY_RUN_HISTORY,
      startedEpochMs: 2000,
      budgetSeconds: 120,
      mode: "fullSpeed",
    });
  });

  it("puts the old run back when a new one leaves nothing, with what the new one told, once", () => {
    const recorder = recorded(5);
    recorder.add({ type: "notice", level: "info", message: "Old." });
    recorder.add({ type: "notice", level: "info", message: "Told by both." });
    const { history } = recorder;
    recorder.start({ ...START, startedEpochMs: 2000 });
    recorder.add(progressEvent({ step: 7 }));
    recorder.add({ type: "notice", level: "info", message: "Told by both." });
    recorder.add({ type: "notice", level: "info", message: "New." });
    recorder.abandon();
    assert.deepEqual(recorder.history, { ...history, notices: ["Old.", "Told by both.", "New."] });
  });

  it("says of a course without an end that it was cut off, until it is gone on with", () => {
    const { history } = recorded(5);
    const cutOff = new RunRecorder();
    cutOff.restore(history);
    assert.match(cutOff.history.notices.join(), /cut off before its end.*Continue training/u);
    const again = new RunRecorder();
    again.restore(cutOff.history);
    assert.equal(again.history.notices.length, 1);
    again.start({ ...START, isContinuing: true });
    assert.deepEqual(again.history.notices, []);
    const ended = new RunRecorder();
    ended.restore({ ...history, stopped: "budget" });
    assert.deepEqual(ended.history.notices, []);
    const empty = new RunRecorder();
    empty.restore(EMPTY_RUN_HISTORY);
    assert.deepEqual(empty.history, EMPTY_RUN_HISTORY);
  });

  it("goes on where a continued run goes on, without the steps after the checkpoint", () => {
    const recorder = recorded(5);
    recorder.start({ ...START, isContinuing: true });
    recorder.add(progressEvent({ step: 35, elapsedSeconds: 3.5 }));
    assert.deepEqual(
      recorder.history.progress.map(({ step }) => step),
      [10, 20, 30, 35],
    );
    assert.equal(recorder.history.progress.at(-1)?.elapsedSeconds, 3.5);
  });

  it("keeps time running where a continued run counts it from zero", () => {
    const recorder = recorded(5);
    recorder.start({ ...START, isContinuing: true });
    recorder.add(progressEvent({ step: 60, elapsedSeconds: 0.5 }));
    recorder.add(progressEvent({ step: 70, elapsedSeconds: 1.5 }));
    assert.deepEqual(
      recorder.history.progress.slice(-2).map(({ elapsedSeconds }) => elapsedSeconds),
      [5.5, 6.5],
    );
  });

  it("keeps the norm at which gradients are clipped", () => {
    const recorder = recorded(1);
    recorder.add(progressEvent({ step: 20, clipNorm: 1.5 }));
    recorder.add(progressEvent({ step: 30 }));
    assert.equal(recorder.history.clipNorm, 1.5);
  });
});

describe("The history on the disk", () => {
  it("comes back as it was written", () => {
    const recorder = recorded(3);
    recorder.add(CORPUS);
    recorder.add(evaluationEvent({ step: 30 }));
    recorder.describeBackend({
      backend: "tensorflow",
      device: "cpu",
      tensorflow: { version: "2.21.0", path: "/tf" },
      reasons: ["No GPU."],
    });
    recorder.add({ type: "done", model: "/m", backend: "tensorflow", device: "cpu", stopped: "budget" });
    assert.deepEqual(readHistoryText(writeHistoryText(recorder.history)), recorder.history);
  });

  it("loses only the last line when it was cut off", () => {
    const text = writeHistoryText(recorded(3).history);
    assert.equal(readHistoryText(text.slice(0, -20)).progress.length, 2);
  });

  for (const text of [
    "",
    "{",
    "[]",
    "null",
    '{"format":"other"}',
    '{"format":"inkling-history-1","startedEpochMs":"today"}',
    "\u0000\u0001",
  ]) {
    it(`is empty where the file holds ${JSON.stringify(text)}`, () => {
      assert.deepEqual(readHistoryText(text), EMPTY_RUN_HISTORY);
    });
  }
});
