import assert from "node:assert/strict";
import { InklingState } from "../../../src/extension/inklingState.ts";
import { perplexityOf } from "../../../src/protocol/dashboardMessages.ts";
import type { StepUsage } from "../../../src/protocol/stepUsage.ts";
import { evaluationEvent, progressEvent, USAGE } from "./samplePoints.ts";

function perplexities({ status }: InklingState): readonly (number | null)[] {
  return [status.validation, status.bestValidation].map((point) =>
    point === null ? null : Math.round(100 * perplexityOf(point)) / 100,
  );
}

function measured(step: number, perplexity: number, facts = {}): ReturnType<typeof evaluationEvent> {
  return evaluationEvent({ step, nats: 1000 * Math.log(perplexity), perplexity, ...facts });
}

describe("InklingState", () => {
  it("keeps the best perplexity of a run beside the newest, and the final one alone at the end", () => {
    const state = new InklingState();
    state.startRun({ startedEpochMs: 1, budgetSeconds: 60, mode: "fullSpeed", isContinuing: false });
    assert.deepEqual(perplexities(state), [null, null]);
    state.record(progressEvent());
    state.record(measured(10, 9));
    state.record(measured(20, 8));
    assert.deepEqual(perplexities(state), [8, 8]);
    state.record(measured(30, 9.5, { isBest: false }));
    assert.deepEqual(perplexities(state), [9.5, 8]);
    state.record(measured(20, 8.4, { isFinal: true }));
    assert.deepEqual(perplexities(state), [8.4, 8.4]);
  });

  it("adds up what the steps of a run take, and begins anew with the next run", () => {
    const state = new InklingState();
    state.startRun({ startedEpochMs: 1, budgetSeconds: 60, mode: "fullSpeed", isContinuing: false });
    const usage = (): StepUsage | null => state.status.usage;
    assert.equal(usage(), null);
    state.record(progressEvent({ usage: USAGE }));
    state.record(progressEvent());
    state.record(progressEvent({ usage: { ...USAGE, residentBytes: 5 } }));
    assert.deepEqual([usage()?.stepCount, usage()?.residentBytes], [20, 5]);
    state.startRun({ startedEpochMs: 2, budgetSeconds: 60, mode: "fullSpeed", isContinuing: true });
    assert.equal(usage(), null);
  });

  it("tells how far a long phase is, and forgets it with the next", () => {
    const state = new InklingState();
    state.startRun({ startedEpochMs: 1, budgetSeconds: 60, mode: "fullSpeed", isContinuing: false });
    state.record(progressEvent({ fraction: 0.98 }));
    state.record({ type: "phase", phase: "measuring", fraction: 0.4 });
    assert.deepEqual([state.status.phase, state.status.phaseFraction, state.status.fraction], ["measuring", 0.4, 0.98]);
    state.record({ type: "phase", phase: "saving" });
    assert.deepEqual([state.status.phase, state.status.phaseFraction], ["saving", null]);
  });
});
