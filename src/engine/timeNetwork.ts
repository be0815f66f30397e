import * as tf from "@tensorflow/tfjs-core";
import type { LaneBatch } from "../batches/laneBatches.ts";
import type { Clock } from "../base/ports.ts";
import { createRng } from "../base/rng.ts";
import { initialWeights } from "../models/neural/initialWeights.ts";
import type { NetworkSpec } from "../models/neural/networkSpec.ts";
import { disposeState, type NetworkState, RecurrentNetwork } from "../models/neural/recurrentNetwork.ts";
import type { TimeNetworkJob, TimeNetworkResult } from "../protocol/timingMessages.ts";
import { windowTensors } from "../training/windowTensors.ts";
import type { Backend } from "./selectBackend.ts";

export interface TimeNetworkContext {
  readonly backend: Backend;
  readonly clock: Clock;
}

/** Times the path by which training would predict: a window of one token, and the softmax read back. */
export function timeNetwork(job: TimeNetworkJob, { backend, clock }: TimeNetworkContext): TimeNetworkResult {
  const { hiddenSize, layerCount, vocabularySize, batch, stepCount } = job;
  const spec: NetworkSpec = { cell: "lstm", hiddenSize, layerCount, vocabularySize };
  const network = new RecurrentNetwork(spec, initialWeights(spec, createRng(1)), backend.kernels);
  const run = (): Float32Array => {
    let state = network.zeroState(batch);
    let logProbabilities = new Float32Array();
    for (let index = 0; index < stepCount; index++) {
      const next = step(
        network,
        state,
        Int32Array.from({ length: batch }, (_, lane) => (index + lane) % vocabularySize),
      );
      disposeState(state);
      ({ state, logProbabilities } = next);
    }
    disposeState(state);
    return logProbabilities;
  };
  try {
    run();
    const beganMs = clock.nowMs();
    const logProbabilities = run();
    const stepMs = (clock.nowMs() - beganMs) / stepCount;
    return {
      backend: backend.description.backend,
      stepMs,
      logProbabilities: [...logProbabilities.subarray(0, vocabularySize)],
    };
  } finally {
    network.dispose();
  }
}

interface Stepped {
  readonly state: NetworkState;
  /** [B, V] */
  readonly logProbabilities: Float32Array<ArrayBuffer>;
}

function step(network: RecurrentNetwork, state: NetworkState, tokens: Int32Array): Stepped {
  let next: NetworkState = [];
  const logProbabilities = tf.tidy(() => {
    const { input } = windowTensors(oneStep(tokens));
    const output = network.forward(input, state);
    next = output.state;
    return Float32Array.from(tf.logSoftmax(network.logits(output.rows)).dataSync());
  });
  return { state: next, logProbabilities };
}

/** A window of one token in each lane; nothing is predicted from it. */
function oneStep(inputs: Int32Array): LaneBatch {
  const laneCount = inputs.length;
  return {
    laneCount,
    windowTokens: 1,
    inputs,
    targets: new Int32Array(laneCount),
    weights: new Float32Array(laneCount),
    resets: new Uint8Array(laneCount),
  };
}
