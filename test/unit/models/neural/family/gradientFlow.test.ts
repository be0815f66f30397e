import assert from "node:assert/strict";
import { createRng } from "../../../../../src/base/rng.ts";
import type { FamilySpec } from "../../../../../src/models/neural/family/familySpec.ts";
import { familyWeights } from "../../../../../src/models/neural/family/familyWeights.ts";
import { type FlowWindow, gradientFlow } from "../../../../../src/models/neural/family/gradientFlow.ts";
import { OPEN_KINDS, type OpenKind } from "../../../../../src/models/neural/family/openCells.ts";
import type { WeightMap } from "../../../../../src/models/neural/networkSpec.ts";
import { familyLoss, TINY, tinyBatch, tinyFamilyWeights } from "../../../../support/tinyFamily.ts";
import { usePlainBackend } from "../../../../support/tinyNetwork.ts";

const T = 7;
const H = 6;
const BATCH = tinyBatch({ windowTokens: T, laneCount: 1, seed: 8, resets: [[0, 0]] });
const WINDOW: FlowWindow = { inputs: BATCH.inputs, target: BATCH.targets[T - 1] as number };

function specOf(kind: OpenKind): FamilySpec {
  return { ...TINY, kind, layerCount: 1, hiddenSize: H };
}

/** A push on one number of what a step leaves: its cell before the output is made of it, or its output alone. */
interface Push {
  readonly step: number;
  readonly part: "h" | "c";
  readonly unit: number;
  readonly by: number;
}

/** The loss of the last step, from the equations of docs/models.md unit by unit, with one number pushed. */
function lossOf(kind: OpenKind, weights: WeightMap, push: Push): number {
  const E = TINY.embeddingSize;
  const get = (name: string): Float32Array => weights.get(name) as Float32Array;
  const [W, R, b] = ["inputKernel", "recurrentKernel", "bias"].map((name) => get(`${kind}/0/${name}`));
  const width = (R as Float32Array).length / H;
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  let h: number[] = new Array<number>(H).fill(0);
  let c: number[] = new Array<number>(H).fill(0);
  WINDOW.inputs.forEach((token, step) => {
    const pushed = (part: Push["part"], unit: number): number =>
      push.step === step && push.part === part && push.unit === unit ? push.by : 0;
    const x = (column: number): number =>
      Array.from({ length: E }, (_, row) => row).reduce(
        (sum, row) => sum + (get("embedding")[token * E + row] ?? NaN) * (W?.[row * width + column] ?? NaN),
        b?.[column] ?? NaN,
      );
    const s = (column: number): number =>
      h.reduce((sum, value, row) => sum + value * (R?.[row * width + column] ?? NaN), 0);
    const a = (block: number, unit: number): number => x(block * H + unit) + s(block * H + unit);
    const nextC = c.map((kept, unit) =>
      kind === "lstm"
        ? sigmoid(a(2, unit)) * kept + sigmoid(a(0, unit)) * Math.tanh(a(1, unit)) + pushed("c", unit)
        : 0,
    );
    const nextH = h.map((before, unit) => {
      switch (kind) {
        case "rnn":
          return Math.tanh(a(0, unit));
        case "lstm":
          return sigmoid(a(3, unit)) * Math.tanh(nextC[unit] ?? NaN);
        case "gru": {
          const own = s(2 * H + unit) + (b?.[3 * H + unit] ?? NaN);
          const n = Math.tanh(x(2 * H + unit) + sigmoid(a(0, unit)) * own);
          const z = sigmoid(a(1, unit));
          return (1 - z) * n + z * before;
        }
      }
    });
    h = nextH.map((value, unit) => value + pushed("h", unit));
    c = nextC;
  });
  const logits = Array.from(get("softmax/bias"), (bias, token) =>
    h.reduce((sum, value, unit) => sum + value * (get("softmax/kernel")[token * H + unit] ?? NaN), bias),
  );
  return Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0)) - (logits[WINDOW.target] ?? NaN);
}

/** ‖∂loss‖ by central differences. */
function slopeNorm(kind: OpenKind, weights: WeightMap, at: Pick<Push, "step" | "part">): number {
  const by = 1e-5;
  const slopes = Array.from(
    { length: H },
    (_, unit) =>
      (lossOf(kind, weights, { ...at, unit, by }) - lossOf(kind, weights, { ...at, unit, by: -by })) / (2 * by),
  );
  return Math.hypot(...slopes);
}

function checkClose(actual: number, expected: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= 1e-6 * Math.abs(expected) + 1e-11, `${what}: ${actual}, not ${expected}`);
}

describe("The flow of a gradient back through time", function () {
  this.timeout(60_000);
  before(usePlainBackend);

  for (const kind of OPEN_KINDS) {
    it(`has the norms that central differences show at every step (${kind})`, () => {
      const weights = tinyFamilyWeights(specOf(kind));
      const { hiddenNorms, cellNorms, lossNats } = gradientFlow(weights, specOf(kind), WINDOW);
      checkClose(lossNats, lossOf(kind, weights, { step: -1, part: "h", unit: 0, by: 0 }), "loss");
      assert.equal(hiddenNorms.length, T);
      hiddenNorms.forEach((norm, back) => {
        checkClose(norm, slopeNorm(kind, weights, { step: T - 1 - back, part: "h" }), `h, ${back} steps back`);
      });
      assert.equal(cellNorms === null, kind !== "lstm");
      cellNorms?.forEach((norm, back) => {
        checkClose(norm, slopeNorm(kind, weights, { step: T - 1 - back, part: "c" }), `c, ${back} steps back`);
      });
    });

    it(`is that of the model which is trained: the loss is the same (${kind})`, () => {
      const spec = specOf(kind);
      const weights = tinyFamilyWeights(spec);
      const only = new Float32Array(T);
      only[T - 1] = 1;
      const { losses } = familyLoss(spec, weights, { batches: [{ ...BATCH, weights: only }] });
      const { lossNats } = gradientFlow(weights, spec, WINDOW);
      assert.ok(Math.abs(lossNats - (losses[0] as number)) < 1e-5, `${lossNats}, ${losses[0]}`);
    });
  }

  for (const factor of [0.8, 1, 1.25]) {
    it(`falls or grows by ${factor} a step through ${factor} times an orthogonal matrix`, () => {
      const spec = specOf("rnn");
      const weights = new Map(familyWeights(spec, createRng(1)));
      // Without input tanh stays at 0, where its slope is 1: only the matrix is left.
      weights.set("embedding", new Float32Array(TINY.vocabularySize * TINY.embeddingSize));
      weights.set(
        "rnn/0/recurrentKernel",
        rotation(H).map((value) => value * factor),
      );
      const inputs = new Int32Array(40);
      const { hiddenNorms } = gradientFlow(weights, spec, { inputs, target: 2 });
      hiddenNorms.forEach((norm, back) => {
        const expected = Math.log(hiddenNorms[0] as number) + back * Math.log(factor);
        assert.ok(Math.abs(Math.log(norm) - expected) < 1e-5, `${back} steps back: ${norm}`);
      });
    });
  }

  it("shows what the gates did, each in its bounds", () => {
    const flow = (kind: OpenKind): ReturnType<typeof gradientFlow> =>
      gradientFlow(tinyFamilyWeights(specOf(kind)), specOf(kind), WINDOW);
    assert.deepEqual(Object.keys(flow("rnn").gates), []);
    assert.deepEqual(Object.keys(flow("lstm").gates), ["input", "forget", "output"]);
    assert.deepEqual(Object.keys(flow("gru").gates), ["reset", "update"]);
    for (const values of Object.values({ ...flow("lstm").gates, ...flow("gru").gates })) {
      assert.equal(values.length, T * H);
      assert.ok(values.every((value) => value > 0 && value < 1));
    }
  });

  it("refuses a model that it cannot look into", () => {
    const stacked = { ...specOf("rnn"), layerCount: 2 };
    assert.throws(() => gradientFlow(tinyFamilyWeights(stacked), stacked, WINDOW), /one plain layer/u);
  });
});

/** An orthogonal matrix without zeros to speak of: rotations of every pair of axes. */
function rotation(size: number): Float32Array {
  let rows = Array.from({ length: size }, (_, row) => Array.from({ length: size }, (__, column) => +(row === column)));
  for (let a = 0; a < size; a++) {
    for (let b = a + 1; b < size; b++) {
      const [cos, sin] = [Math.cos(a + b), Math.sin(a + b)];
      rows = rows.map((row) =>
        row.map((value, column) => {
          const [p, q] = [row[a] ?? NaN, row[b] ?? NaN];
          if (column === a) {
            return cos * p - sin * q;
          }
          return column === b ? sin * p + cos * q : value;
        }),
      );
    }
  }
  return Float32Array.from(rows.flat());
}
