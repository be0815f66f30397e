import assert from "node:assert/strict";
import { createRng } from "../../../../src/base/rng.ts";
import { NeuralCache } from "../../../../src/models/mixture/neuralCache.ts";
import type { RecurrentState } from "../../../../src/models/neural/recurrentKernel.ts";

/** Two layers of two units: the first one's states are to play no part. */
function stateOf(...top: readonly [number, number]): RecurrentState {
  return { hidden: Float32Array.of(9, -9, ...top), cell: new Float32Array(4) };
}

describe("NeuralCache", () => {
  it("gives what the equations give by hand", () => {
    const cache = new NeuralCache({ vocabularySize: 3, hiddenSize: 2, size: 8, sharpness: 2 });
    cache.learn(stateOf(1, 0), 1, 0.5);
    const first = cache.share;
    const mixed = Float64Array.of(0.5, 0.3, 0.2);
    cache.mixInto(mixed, stateOf(1, 0));
    assert.deepEqual(
      Array.from(mixed, (value) => value.toFixed(6)),
      [0.5, 0.3, 0.2].map((value, token) => ((1 - first) * value + (token === 1 ? first : 0)).toFixed(6)),
    );
    cache.learn(stateOf(0, 1), 2, mixed[2] as number);
    const share = cache.share;
    const both = Float64Array.of(0.5, 0.3, 0.2);
    cache.mixInto(both, stateOf(0.5, 0.25));
    // exp(2 · 0.5) for token 1 and exp(2 · 0.25) for token 2.
    const [one, two] = [Math.exp(1), Math.exp(0.5)];
    const expected = [0, one / (one + two), two / (one + two)];
    for (const [token, network] of [0.5, 0.3, 0.2].entries()) {
      const wanted = (1 - share) * network + share * (expected[token] as number);
      assert.ok(Math.abs((both[token] as number) - wanted) < 1e-12);
    }
  });

  it("leaves a distribution as it is while nothing was learnt, and normalised ever after", () => {
    const cache = new NeuralCache({ vocabularySize: 5, hiddenSize: 2, size: 4 });
    const rng = createRng(7);
    const network = [0.1, 0.2, 0.3, 0.25, 0.15];
    const untouched = Float64Array.from(network);
    cache.mixInto(untouched, stateOf(1, 1));
    assert.deepEqual(Array.from(untouched), network);
    for (let index = 0; index < 50; index++) {
      const state = stateOf(2 * rng.next() - 1, 2 * rng.next() - 1);
      const mixed = Float64Array.from(network);
      cache.mixInto(mixed, state);
      assert.ok(Math.abs(mixed.reduce((sum, value) => sum + value, 0) - 1) < 1e-9);
      const token = Math.floor(rng.next() * 5);
      cache.learn(state, token, mixed[token] as number);
    }
  });

  it("forgets the oldest places", () => {
    const cache = new NeuralCache({ vocabularySize: 3, hiddenSize: 2, size: 2 });
    for (const token of [1, 2, 2]) {
      cache.learn(stateOf(1, 0), token, 0.5);
    }
    const mixed = Float64Array.of(1, 0, 0);
    cache.mixInto(mixed, stateOf(1, 0));
    assert.equal(mixed[1], 0);
    assert.ok((mixed[2] as number) > 0);
  });

  it("is trusted more the more often it is right, and less the more often it is wrong", () => {
    const here = stateOf(1, 0);
    /** With room for one place the cache always expects the token that came last. */
    const shareAfter = (tokens: readonly [number, number]): number => {
      const cache = new NeuralCache({ vocabularySize: 3, hiddenSize: 2, size: 1 });
      for (let index = 0; index < 200; index++) {
        const mixed = Float64Array.of(0.4, 0.3, 0.3);
        cache.mixInto(mixed, here);
        const token = tokens[index % 2] as number;
        cache.learn(here, token, mixed[token] as number);
      }
      return cache.share;
    };
    assert.ok(shareAfter([1, 1]) > 0.3, String(shareAfter([1, 1])));
    assert.ok(shareAfter([1, 2]) < 0.05, String(shareAfter([1, 2])));
  });
});
