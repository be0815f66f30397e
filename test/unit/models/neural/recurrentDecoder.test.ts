import assert from "node:assert/strict";
import type { NetworkSpec, WeightMap } from "../../../../src/models/neural/networkSpec.ts";
import { RecurrentDecoder } from "../../../../src/models/neural/recurrentDecoder.ts";
import { randomWeights } from "./randomWeights.ts";

describe("recurrent decoder", () => {
  for (const [vocabularySize, hiddenSize, layerCount] of [
    [5, 2, 1],
    [7, 3, 2],
    [19, 8, 1],
    [33, 12, 3],
  ] as const) {
    const spec: NetworkSpec = { cell: "lstm", vocabularySize, hiddenSize, layerCount };
    const name = `${layerCount}×${hiddenSize} over ${vocabularySize} pieces`;

    it(`agrees with the equations written out in float64: ${name}`, () => {
      const weights = randomWeights(spec, { seed: 3, scale: 1 });
      const decoder = RecurrentDecoder.fromWeights(spec, weights);
      const tokens = [0, 4, 2, 2, vocabularySize - 1, 1];
      const expected = naiveLogProbabilities(spec, weights, tokens);
      const out = new Float32Array(vocabularySize);
      decoder.logProbabilities(
        tokens.reduce((state, token) => decoder.advance(state, token), decoder.initialState()),
        out,
      );
      for (const [token, value] of expected.entries()) {
        assert.ok(Math.abs(value - out[token]!) < 1e-5, `token ${token}: expected ${value}, got ${out[token]}`);
      }
    });

    it(`gives distributions that sum to 1: ${name}`, () => {
      const decoder = RecurrentDecoder.fromWeights(spec, randomWeights(spec, { seed: 5, scale: 4 }));
      const out = new Float32Array(vocabularySize);
      let state = decoder.initialState();
      for (let step = 0; step < 8; step++) {
        decoder.logProbabilities(state, out);
        const sum = out.reduce((total, value) => total + Math.exp(value), 0);
        assert.ok(Math.abs(sum - 1) < 1e-6, `step ${step}: ${sum}`);
        state = decoder.advance(state, step % vocabularySize);
      }
    });

    it(`serves several states as it serves each alone: ${name}`, () => {
      const decoder = RecurrentDecoder.fromWeights(spec, randomWeights(spec, { seed: 7, scale: 1 }));
      const states = [1, 2, 3, 4, 0].map((token) => decoder.advance(decoder.initialState(), token));
      const tokens = [4, 0, 0, 2, 1];
      const together = decoder.advanceAll(states, tokens);
      const outs = together.map(() => new Float32Array(vocabularySize));
      decoder.logProbabilitiesAll(together, outs);
      for (const [lane, state] of states.entries()) {
        const alone = decoder.advance(state, tokens[lane]!);
        assertClose(together[lane]!.hidden, alone.hidden, 1e-6);
        assertClose(together[lane]!.cell, alone.cell, 1e-6);
        const out = new Float32Array(vocabularySize);
        decoder.logProbabilities(alone, out);
        assertClose(outs[lane]!, out, 1e-6);
      }
    });
  }

  const spec: NetworkSpec = { cell: "lstm", vocabularySize: 6, hiddenSize: 4, layerCount: 2 };

  it("leaves states as they were", () => {
    const decoder = RecurrentDecoder.fromWeights(spec, randomWeights(spec, { seed: 1, scale: 1 }));
    const state = decoder.advance(decoder.initialState(), 3);
    const before = structuredClone(state);
    decoder.advance(state, 1);
    decoder.advanceAll([state, state], [2, 3]);
    decoder.logProbabilities(state, new Float32Array(6));
    assert.deepEqual(state, before);
  });

  it("refuses weights that do not fit the sizes", () => {
    const weights = new Map(randomWeights(spec, { seed: 1, scale: 1 }));
    weights.set("lstm/1/bias", new Float32Array(3));
    assert.throws(() => RecurrentDecoder.fromWeights(spec, weights), /lstm\/1\/bias` with 16 elements, got 3/);
    weights.delete("lstm/1/bias");
    assert.throws(() => RecurrentDecoder.fromWeights(spec, weights), /got none/);
  });

  it("refuses tokens that are none", () => {
    const decoder = RecurrentDecoder.fromWeights(spec, randomWeights(spec, { seed: 1, scale: 1 }));
    assert.throws(() => decoder.advance(decoder.initialState(), 6), RangeError);
    assert.throws(() => decoder.advance(decoder.initialState(), -1), RangeError);
  });
});

function assertClose(got: Float32Array, expected: Float32Array, tolerance: number): void {
  assert.equal(got.length, expected.length);
  for (const [n, value] of expected.entries()) {
    assert.ok(Math.abs(value - got[n]!) <= tolerance, `[${n}]: expected ${value}, got ${got[n]}`);
  }
}

/** The network's equations, one scalar at a time. */
function naiveLogProbabilities(spec: NetworkSpec, weights: WeightMap, tokens: readonly number[]): number[] {
  const { vocabularySize: V, hiddenSize: H, layerCount: L } = spec;
  const w = (name: string, index: number): number => weights.get(name)![index]!;
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
  let h = range(L).map(() => range(H).map(() => 0));
  let c = structuredClone(h);
  for (const token of tokens) {
    let x = range(H).map((k) => w("embedding", token * H + k));
    const nextH: number[][] = [];
    const nextC: number[][] = [];
    for (const l of range(L)) {
      const gate = (block: number, n: number): number => {
        const column = block * H + n;
        return range(H).reduce(
          (sum, k) =>
            sum +
            x[k]! * w(`lstm/${l}/inputKernel`, k * 4 * H + column) +
            h[l]![k]! * w(`lstm/${l}/recurrentKernel`, k * 4 * H + column),
          w(`lstm/${l}/bias`, column),
        );
      };
      const cell = range(H).map((n) => sigmoid(gate(2, n)) * c[l]![n]! + sigmoid(gate(0, n)) * Math.tanh(gate(1, n)));
      x = range(H).map((n) => sigmoid(gate(3, n)) * Math.tanh(cell[n]!));
      nextC.push(cell);
      nextH.push(x);
    }
    h = nextH;
    c = nextC;
  }
  const logits = range(V).map((v) =>
    range(H).reduce((sum, k) => sum + h.at(-1)![k]! * w("embedding", v * H + k), w("softmax/bias", v)),
  );
  const logSum = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
  return logits.map((logit) => logit - logSum);
}
