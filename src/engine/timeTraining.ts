import * as tf from "@tensorflow/tfjs-core";
import type { LaneBatch } from "../batches/laneBatches.ts";
import type { Clock } from "../base/ports.ts";
import { createRng, type Rng } from "../base/rng.ts";
import { initialWeights } from "../models/neural/initialWeights.ts";
import type { NetworkSpec } from "../models/neural/networkSpec.ts";
import { RecurrentNetwork } from "../models/neural/recurrentNetwork.ts";
import type { MemoryEvent, TimeTrainingJob, TimeTrainingResult } from "../protocol/timingMessages.ts";
import { Trainer } from "../training/trainer.ts";
import { DEFAULT_TRAINING_SETTINGS } from "../training/trainingSettings.ts";
import { drawTokens } from "./drawTokens.ts";
import type { Backend } from "./selectBackend.ts";

export interface TimeTrainingContext {
  readonly backend: Backend;
  readonly clock: Clock;
  /** What this process holds of the machine's memory. */
  readonly residentBytes: () => number;
  readonly pause: () => Promise<void>;
  readonly signal: AbortSignal;
  readonly emit: (event: MemoryEvent) => void;
  /** Of the vocabulary that the softmax draws; default: 1, all of it, as in what the times are held beside. */
  readonly softmaxShare?: number;
  /** After a step that takes longer no more are taken; default: none does. */
  readonly mostStepMs?: number;
}

/** Steps before the clock starts: the first ones make room for tensors that later ones find. */
const WARM_UP_STEPS = 2;

/** Times whole training steps, clipping and update included, on tokens drawn at random, without matches; stops early where it is cancelled. */
export async function timeTraining(job: TimeTrainingJob, context: TimeTrainingContext): Promise<TimeTrainingResult> {
  const { backend, clock, residentBytes, pause, signal, emit, softmaxShare = 1, mostStepMs = Infinity } = context;
  const { hiddenSize, layerCount, vocabularySize, laneCount, windowTokens } = job;
  const spec: NetworkSpec = { cell: "lstm", hiddenSize, layerCount, vocabularySize };
  const rng = createRng(1);
  const network = new RecurrentNetwork(spec, initialWeights(spec, rng), backend.kernels);
  let trainer: Trainer | undefined;
  const batch = randomBatch(job, rng);
  const stepMs: number[] = [];
  try {
    trainer = new Trainer(network, { ...DEFAULT_TRAINING_SETTINGS, laneCount, windowTokens, softmaxShare });
    let tensorsBefore = 0;
    for (let step = 0; step < WARM_UP_STEPS + job.stepCount && !signal.aborted; step++) {
      if (step === WARM_UP_STEPS) {
        tensorsBefore = tf.memory().numTensors;
      }
      const beganMs = clock.nowMs();
      trainer.step(batch, { learningRate: 1e-3, dropoutRate: 0, seed: step });
      const tookMs = clock.nowMs() - beganMs;
      if (tookMs > mostStepMs) {
        break;
      }
      if (step >= WARM_UP_STEPS) {
        stepMs.push(tookMs);
        if (job.memorySteps !== undefined && stepMs.length % job.memorySteps === 0) {
          const tensorCount = tf.memory().numTensors;
          emit({ type: "memory", step: stepMs.length, tensorCount, residentBytes: residentBytes() });
        }
      }
      await pause();
    }
    const { backend: name, device } = backend.description;
    const addedTensors = tf.memory().numTensors - tensorsBefore;
    return { backend: name, device, stepMs, addedTensors, residentBytes: residentBytes() };
  } finally {
    trainer?.dispose();
    network.dispose();
  }
}

function randomBatch({ vocabularySize, laneCount, windowTokens, tokenLaw }: TimeTrainingJob, rng: Rng): LaneBatch {
  const count = laneCount * windowTokens;
  const tokens = (): Int32Array => drawTokens(count, { vocabularySize, law: tokenLaw, rng });
  return {
    laneCount,
    windowTokens,
    inputs: tokens(),
    targets: tokens(),
    weights: new Float32Array(count).fill(1),
    resets: new Uint8Array(count),
  };
}
