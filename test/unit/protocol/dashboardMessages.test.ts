import assert from "node:assert/strict";
import {
  bestEvaluation,
  keptEvaluation,
  parseDashboardRequest,
  parseDashboardUpdate,
} from "../../../src/protocol/dashboardMessages.ts";
import { CORPUS, evaluationPoint, history, MODEL, progressPoint, status, USAGE } from "../extension/samplePoints.ts";

const STATUS = status({
  model: MODEL,
  corpus: CORPUS,
  progress: progressPoint(),
  validation: evaluationPoint(),
  usage: USAGE,
  backend: { backend: "tensorflow", device: "gpu", tensorflow: { version: "2.21.0", path: "/tf" }, reasons: [] },
  failure: { code: "engineDied", severity: "error", text: "It died.", actions: ["showLog", "trainAgain"] },
});
const HISTORY = history({
  progress: [progressPoint()],
  evaluations: [evaluationPoint()],
  corpus: CORPUS,
  clipNorm: 1,
  budgetSeconds: 120,
});

describe("parseDashboardUpdate", () => {
  for (const update of [
    { type: "snapshot", status: STATUS, history: HISTORY },
    { type: "status", status: STATUS },
    { type: "status", status: { ...STATUS, activity: "paused" } },
    { type: "status", status: { ...STATUS, backend: { ...STATUS.backend, cudnnPrecision: "float16" } } },
    { type: "points", progress: [progressPoint()], evaluations: [] },
  ]) {
    it(`takes a ${update.type} as it is after JSON`, () => {
      assert.deepEqual(parseDashboardUpdate(JSON.parse(JSON.stringify(update))), update);
    });
  }

  for (const [title, message] of [
    ["nothing", undefined],
    [
      "an unknown precision",
      { type: "status", status: { ...STATUS, backend: { ...STATUS.backend, cudnnPrecision: "int8" } } },
    ],
    ["an unknown type", { type: "reset" }],
    ["a status with an unknown activity", { type: "status", status: { ...STATUS, activity: "asleep" } }],
    ["a status with a usage of no steps", { type: "status", status: { ...STATUS, usage: { ...USAGE, stepCount: 0 } } }],
    ["a status without activity", { type: "status", status: { ...STATUS, activity: undefined } }],
    ["a point that is not finite", { type: "points", progress: [progressPoint({ lossNats: NaN })], evaluations: [] }],
    ["a measurement over no tokens", { type: "points", progress: [], evaluations: [evaluationPoint({ tokens: 0 })] }],
    [
      "a failure with an unknown action",
      { type: "status", status: { ...STATUS, failure: { ...STATUS.failure, actions: ["format"] } } },
    ],
    ["a snapshot without history", { type: "snapshot", status: STATUS }],
  ] as const) {
    it(`refuses ${title}`, () => {
      assert.equal(parseDashboardUpdate(message), undefined);
    });
  }
});

describe("parseDashboardRequest", () => {
  it("takes known actions only", () => {
    assert.deepEqual(parseDashboardRequest({ type: "action", action: "train" }), { type: "action", action: "train" });
    assert.equal(parseDashboardRequest({ type: "action", action: "rm" }), undefined);
    assert.equal(parseDashboardRequest("train"), undefined);
  });
});

describe("keptEvaluation", () => {
  it("prefers the measurement over the most tokens, then the best", () => {
    const sample = evaluationPoint({ step: 1, tokens: 100, nats: 100 });
    const worse = evaluationPoint({ step: 2, tokens: 200, nats: 500 });
    const better = evaluationPoint({ step: 3, tokens: 200, nats: 450 });
    assert.equal(keptEvaluation([sample, worse, better]), better);
  });

  it("is null where nothing was measured", () => {
    assert.equal(keptEvaluation([]), null);
  });
});

describe("bestEvaluation", () => {
  const best = evaluationPoint({ step: 2, tokens: 200, nats: 400 });
  const newest = evaluationPoint({ step: 3, tokens: 200, nats: 450 });

  it("is the best of those over as many tokens as the newest", () => {
    const smaller = evaluationPoint({ step: 1, tokens: 100, nats: 100 });
    assert.equal(bestEvaluation([smaller, best, newest]), best);
  });

  it("is the final one where that is the newest, and never one of a run before", () => {
    const final = evaluationPoint({ step: 2, tokens: 200, nats: 420, isFinal: true });
    assert.equal(bestEvaluation([best, newest, final]), final);
    assert.equal(bestEvaluation([final, newest]), newest);
  });

  it("is null where nothing was measured", () => {
    assert.equal(bestEvaluation([]), null);
  });
});
