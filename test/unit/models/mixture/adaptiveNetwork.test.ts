import assert from "node:assert/strict";
import { AdaptiveNetwork } from "../../../../src/models/mixture/adaptiveNetwork.ts";
import { DynamicBias } from "../../../../src/models/mixture/dynamicBias.ts";
import { NeuralCache } from "../../../../src/models/mixture/neuralCache.ts";
import type { NetworkSpec } from "../../../../src/models/neural/networkSpec.ts";
import { RecurrentDecoder } from "../../../../src/models/neural/recurrentDecoder.ts";
import { randomWeights } from "../neural/randomWeights.ts";

const V = 12;
const SPEC: NetworkSpec = { cell: "lstm", vocabularySize: V, hiddenSize: 8, layerCount: 1 };

function createNetwork(): RecurrentDecoder {
  return RecurrentDecoder.fromWeights(SPEC, randomWeights(SPEC, { seed: 3, scale: 0.8 }));
}

function createAdaptive(parts: readonly ("bias" | "cache")[]): AdaptiveNetwork {
  return new AdaptiveNetwork({
    network: createNetwork(),
    bias: parts.includes("bias") ? new DynamicBias(V) : null,
    cache: parts.includes("cache") ? new NeuralCache({ vocabularySize: V, hiddenSize: 8 }) : null,
  });
}

/** −ln p of a text that repeats itself, and of the network alone. */
function read(adaptive: AdaptiveNetwork): { readonly nats: number; readonly network: number } {
  let state = adaptive.advance(adaptive.initialState(), 0);
  const sums = { nats: 0, network: 0 };
  const logs = new Float32Array(V);
  for (let index = 0; index < 300; index++) {
    const token = 1 + ((index * index) % 5);
    adaptive.logProbabilities(state, logs);
    const sum = logs.reduce((total, log) => total + Math.exp(log), 0);
    assert.ok(Math.abs(sum - 1) < 1e-6, `sums to ${sum}`);
    const { network, dynamic, cached } = adaptive.observe(state, token);
    assert.ok(Math.abs(Math.log(cached ?? dynamic ?? network) - (logs[token] as number)) < 1e-5);
    sums.nats -= logs[token] as number;
    sums.network -= Math.log(network);
    state = adaptive.advance(state, token);
  }
  return sums;
}

describe("AdaptiveNetwork", () => {
  it("is the network where nothing adapts", () => {
    const { nats, network } = read(createAdaptive([]));
    assert.ok(Math.abs(nats - network) < 1e-3);
  });

  for (const parts of [["bias"], ["cache"], ["bias", "cache"]] as const) {
    it(`foresees a text that repeats itself better with ${parts.join(" and ")}, and stays normalised`, () => {
      const { nats, network } = read(createAdaptive(parts));
      assert.ok(nats < 0.95 * network, `${nats}, ${network}`);
      assert.ok(Math.abs(network - read(createAdaptive([])).network) < 1e-6 * network, "the network itself stays");
    });
  }

  it("learns nothing from what it only assesses", () => {
    const adaptive = createAdaptive(["bias", "cache"]);
    const state = adaptive.advance(adaptive.initialState(), 0);
    const before = adaptive.assess(state, 3);
    const other = adaptive.advance(state, 3);
    adaptive.assess(other, 4);
    assert.deepEqual(adaptive.assess(state, 3), before);
    assert.equal(before.cached, before.dynamic);
    adaptive.observe(state, 3);
    assert.ok((adaptive.assess(state, 3).cached ?? 0) > (before.cached ?? 1));
  });
});
