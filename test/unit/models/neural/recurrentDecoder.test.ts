import assert from "node:assert/strict";
import type { NetworkSpec, WeightMap } from "../../../../src/models/neural/networkSpec.ts";
import { RecurrentDecoder } from "../../../../src/models/neural/recurrentDecoder.ts";
import { naiveMatch } from "../../tokens/naiveMatch.ts";
import { randomWeights } from "./randomWeights.ts";

const CELLS = [
  ["lstm", false],
  ["lstm", true],
  ["gru", false],
  ["rnn", false],
] as const;

describe("recurrent decoder", () => {
  for (const [cell, readsMatches, vocabularySize, hiddenSize, layerCount] of [
    [5, 2, 1] as const,
    [7, 3, 2] as const,
    [19, 8, 1] as const,
    [33, 12, 3] as const,
  ].flatMap((sizes) => CELLS.map(([cell, readsMatches]) => [cell, readsMatches, ...sizes] as const))) {
    const spec: NetworkSpec = { cell, vocabularySize, hiddenSize, layerCount, readsMatches };
    const name = `${cell}${readsMatches ? " that reads matches" : ""}, ${layerCount}×${hiddenSize} over ${vocabularySize} pieces`;

    it(`agrees with the equations written out in float64: ${name}`, () => {
      const weights = randomWeights(spec, { seed: 3, scale: 1 });
      const decoder = RecurrentDecoder.fromWeights(spec, weights);
      const phrase = [1, 4, 2, 2, 3, 1, 1, 3, 4, 4, 2, 3, vocabularySize - 1];
      const tokens = [0, ...phrase, ...phrase, 0, 4, 2, 2]; // Matches of every rank, and none behind a START.
      const out = new Float32Array(vocabularySize);
      let state = decoder.initialState();
      for (const [place, token] of tokens.entries()) {
        state = decoder.advance(state, token);
        decoder.logProbabilities(state, out);
        for (const [id, value] of naiveLogProbabilities(spec, weights, tokens.slice(0, place + 1)).entries()) {
          const got = out[id]!;
          assert.ok(Math.abs(value - got) < 1e-5, `place ${place}, token ${id}: expected ${value}, got ${got}`);
        }
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
      const states = [[1, 2, 1], [2, 2], [3, 4, 4, 3], [4], [0, 1, 3, 1]].map((text) =>
        text.reduce((state, token) => decoder.advance(state, token), decoder.initialState()),
      );
      const tokens = [2, 2, 4, 2, 3];
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

  it("refuses states that tell of no matches where it reads them", () => {
    const matching = { ...spec, readsMatches: true };
    const decoder = RecurrentDecoder.fromWeights(matching, randomWeights(matching, { seed: 1, scale: 1 }));
    const { match, ...untold } = decoder.advance(decoder.initialState(), 2);
    assert.ok(match !== undefined);
    assert.throws(() => decoder.advance(untold, 1), /state without matches/u);
    assert.throws(() => decoder.logProbabilities(untold, new Float32Array(6)), /state without matches/u);
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
  const { vocabularySize: V, hiddenSize: H, layerCount: L, readsMatches = false } = spec;
  const w = (name: string, index: number): number => weights.get(name)![index]!;
  let states = range(L).map(() => ({ h: range(H).map(() => 0), c: range(H).map(() => 0) }));
  for (const token of tokens) {
    let x = range(H).map((k) => w("embedding", token * H + k));
    states = states.map((before, layer) => {
      const next = naiveStep({ spec, weights, layer }, x, before);
      x = next.h;
      return next;
    });
  }
  const { h } = states.at(-1)!;
  const { token, rank } = naiveMatch(tokens.slice(tokens.lastIndexOf(0)));
  const ofRank = (name: string, row: number): number => w(`match/${name}`, row * 5 + rank - 1);
  const weight =
    readsMatches && rank > 0
      ? h.reduce((sum, value, k) => sum + value * ofRank("kernel", k), ofRank("bias", 0)) / Math.sqrt(H)
      : 0;
  const logits = range(V).map((v) =>
    range(H).reduce(
      (sum, k) => sum + (h[k]! + weight * w("embedding", token * H + k)) * w("embedding", v * H + k),
      w("softmax/bias", v),
    ),
  );
  const logSum = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
  return logits.map((logit) => logit - logSum);
}

interface NaiveLayer {
  readonly spec: NetworkSpec;
  readonly weights: WeightMap;
  readonly layer: number;
}

interface NaiveState {
  readonly h: number[];
  readonly c: number[];
}

function naiveStep({ spec, weights, layer }: NaiveLayer, x: readonly number[], before: NaiveState): NaiveState {
  const { cell, hiddenSize: H } = spec;
  const blocks = { lstm: 4, gru: 3, rnn: 1 }[cell];
  const product = (kernel: string, vector: readonly number[], column: number): number =>
    vector.reduce((sum, v, k) => sum + v * weights.get(`${cell}/${layer}/${kernel}`)![k * blocks * H + column]!, 0);
  const bias = (block: number, n: number): number => weights.get(`${cell}/${layer}/bias`)![block * H + n]!;
  const fromInput = (block: number, n: number): number => product("inputKernel", x, block * H + n) + bias(block, n);
  const fromState = (block: number, n: number): number => product("recurrentKernel", before.h, block * H + n);
  const gate = (block: number, n: number): number => fromInput(block, n) + fromState(block, n);
  switch (cell) {
    case "lstm": {
      const c = range(H).map((n) => sigmoid(gate(2, n)) * before.c[n]! + sigmoid(gate(0, n)) * Math.tanh(gate(1, n)));
      return { c, h: range(H).map((n) => sigmoid(gate(3, n)) * Math.tanh(c[n]!)) };
    }
    case "gru": {
      const candidate = (n: number): number =>
        Math.tanh(fromInput(2, n) + sigmoid(gate(0, n)) * (fromState(2, n) + bias(3, n)));
      const keep = (n: number): number => sigmoid(gate(1, n));
      return { c: before.c, h: range(H).map((n) => (1 - keep(n)) * candidate(n) + keep(n) * before.h[n]!) };
    }
    case "rnn":
      return { c: before.c, h: range(H).map((n) => Math.tanh(gate(0, n))) };
  }
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
