import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "../../../../src/base/rng.ts";
import type { LaneBatch } from "../../../../src/batches/laneBatches.ts";
import { createNetwork } from "../../../../src/models/neural/createNetwork.ts";
import { initialWeights } from "../../../../src/models/neural/initialWeights.ts";
import { CELL_KINDS, type NetworkSpec, parameterShapes } from "../../../../src/models/neural/networkSpec.ts";
import { portableKernels } from "../../../../src/models/neural/portableKernels.ts";
import { RecurrentDecoder } from "../../../../src/models/neural/recurrentDecoder.ts";
import { disposeCarried } from "../../../../src/models/neural/trainableModel.ts";
import { MATCH_RANKS, MatchIndex, matchRank } from "../../../../src/tokens/matchIndex.ts";
import { windowTensors } from "../../../../src/training/windowTensors.ts";
import { usePlainBackend } from "../../../support/tinyNetwork.ts";
import { randomWeights } from "./randomWeights.ts";

const PHRASE = [3, 7, 7, 2, 9, 1, 4, 8, 5, 10, 6, 2, 7];

/** Has matches of every rank. */
const TOKENS = [...PHRASE, ...PHRASE];

describe("createNetwork", () => {
  before(usePlainBackend);

  for (const [cell, name, more] of [
    ...CELL_KINDS.map((cell) => [cell, cell, {}] as const),
    ["lstm", "lstm that reads matches", { readsMatches: true }] as const,
  ]) {
    const spec: NetworkSpec = { cell, vocabularySize: 11, hiddenSize: 6, layerCount: 2, ...more };

    it(`trains the ${name} that the decoder runs`, () => {
      const weights = randomWeights(spec, { seed: 3, scale: 1 });
      const network = createNetwork(spec, weights, portableKernels);
      const decoder = RecurrentDecoder.fromWeights(spec, weights);
      const state = network.initialState(1);
      const rows = tf.tidy(() => {
        const window = windowTensors(batchOf(TOKENS));
        const scores = network.windowScores(window, state);
        disposeCarried(scores.state);
        return tf.logSoftmax(scores.logits).arraySync();
      });
      let read = decoder.initialState();
      for (const [place, token] of TOKENS.entries()) {
        read = decoder.advance(read, token);
        const out = new Float32Array(spec.vocabularySize);
        decoder.logProbabilities(read, out);
        for (const [id, expected] of rows[place]?.entries() ?? []) {
          assert.ok(Math.abs(expected - (out[id] ?? NaN)) < 1e-4, `place ${place}, token ${id}`);
        }
      }
      disposeCarried(state);
      network.dispose();
    });

    it(`names and shapes the parameters of a ${name} as they are stored`, () => {
      const network = createNetwork(spec, initialWeights(spec, createRng(1)), portableKernels);
      const shapes = [...network.parameters].map(([name, { shape }]) => ({ name, shape }));
      assert.deepEqual(shapes, parameterShapes(spec));
      network.dispose();
    });
  }

  it("is told of matches where it reads them", () => {
    const spec: NetworkSpec = { cell: "lstm", vocabularySize: 11, hiddenSize: 6, layerCount: 1, readsMatches: true };
    const network = createNetwork(spec, initialWeights(spec, createRng(1)), portableKernels);
    const state = network.initialState(1);
    const { matches, ...untold } = batchOf(TOKENS);
    assert.equal(new Set(matches?.map(matchRank)).size, MATCH_RANKS + 1);
    assert.throws(
      () => tf.tidy(() => network.windowScores(windowTensors(untold), state).logits),
      /Expected `matches`/u,
    );
    disposeCarried(state);
    network.dispose();
  });
});

/** One lane of a window. */
function batchOf(tokens: readonly number[]): LaneBatch {
  const index = new MatchIndex();
  return {
    matches: Int32Array.from(tokens, (token) => index.push(token)),
    laneCount: 1,
    windowTokens: tokens.length,
    inputs: Int32Array.from(tokens),
    targets: new Int32Array(tokens.length),
    weights: new Float32Array(tokens.length).fill(1),
    resets: new Uint8Array(tokens.length),
  };
}
