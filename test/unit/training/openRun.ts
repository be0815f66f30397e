import { EvaluationBatches } from "../../../src/batches/evaluationBatches.ts";
import { LaneBatcher } from "../../../src/batches/laneBatcher.ts";
import { encodeDocuments } from "../../../src/batches/tokenStream.ts";
import { createRng } from "../../../src/base/rng.ts";
import { initialWeights } from "../../../src/models/neural/initialWeights.ts";
import { portableKernels } from "../../../src/models/neural/portableKernels.ts";
import { RecurrentNetwork } from "../../../src/models/neural/recurrentNetwork.ts";
import type { HeldOut } from "../../../src/training/heldOut.ts";
import { Trainer } from "../../../src/training/trainer.ts";
import type { RunContext, RunEvaluation, RunSnapshot, RunStart } from "../../../src/training/runContext.ts";
import { TrainingRun } from "../../../src/training/trainingRun.ts";
import { DEFAULT_TRAINING_SETTINGS, type TrainingSettings } from "../../../src/training/trainingSettings.ts";
import { trainCharVocabulary } from "../../../src/tokens/trainCharVocabulary.ts";
import { ManualTime } from "../../fakes/manualTime.ts";

export const texts = Array.from({ length: 6 }, (_, index) => `open valve ${index}\nnotify the crew\n`.repeat(6));
export const vocabulary = trainCharVocabulary(texts);
const SETTINGS = { ...DEFAULT_TRAINING_SETTINGS, laneCount: 4, windowTokens: 16, learningRate: 1e-2 };

interface Recorded {
  readonly evaluations: RunEvaluation[];
  readonly saves: { readonly snapshot: RunSnapshot; readonly isLast: boolean; readonly isStanding: boolean }[];
  readonly steps: number[];
  readonly phases: string[];
  readonly recoveries: number[];
}

export interface OpenedRun extends Recorded {
  readonly run: TrainingRun;
  readonly network: RecurrentNetwork;
  /** What a look takes where a step takes a second. */
  readonly sampleSeconds: number;
  /** The step after this one finds no memory. */
  readonly failNextStep: () => void;
  readonly dispose: () => void;
}

/** A run over a small text with a clock of its own, and what it tells. */
export function openRun(changes: {
  readonly limits: RunContext["limits"];
  readonly secondsAStep?: number;
  readonly reservedSeconds?: number;
  readonly settings?: Partial<TrainingSettings>;
  readonly start?: RunStart;
  /** Where it is given a temperature is chosen. */
  readonly temper?: RunContext["temper"];
  readonly signal?: AbortSignal;
  readonly onStep?: (step: number) => void;
  /** Whether the run is to stand still after a step. */
  readonly isToStand?: () => boolean;
}): OpenedRun {
  const settings = { ...SETTINGS, ...changes.settings };
  const spec = { cell: "lstm", vocabularySize: vocabulary.size, hiddenSize: 8, layerCount: 1 } as const;
  const weights = initialWeights(spec, createRng(1));
  let isFailing = false;
  const network = new RecurrentNetwork(spec, weights, {
    ...portableKernels,
    adam: (call) => {
      if (isFailing) {
        throw new Error("OOM when allocating a tensor");
      }
      return portableKernels.adam(call);
    },
  });
  const trainer = new Trainer(network, settings);
  const time = new ManualTime();
  const recorded: Recorded = { evaluations: [], saves: [], steps: [], phases: [], recoveries: [] };
  const held = new EvaluationBatches(encodeDocuments(texts.slice(4), vocabulary), settings);
  const { bytes, work, windowCount, predictedTokens: tokens } = held;
  const heldOut: HeldOut = { tokens, bytes, work, windowCount, windows: () => held.windows() };
  let step = 0;
  const context: RunContext = {
    network,
    trainer,
    stream: new LaneBatcher(encodeDocuments(texts.slice(0, 4), vocabulary), { ...settings, seed: 1 }),
    sample: heldOut,
    heldOut: { all: heldOut, within: () => heldOut },
    settings,
    limits: changes.limits,
    reservedSeconds: changes.reservedSeconds ?? 0,
    seed: 1,
    ...(changes.temper === undefined ? {} : { temper: changes.temper }),
    clock: time,
    signal: changes.signal ?? new AbortController().signal,
    listener: {
      onProgress: (progress) => recorded.steps.push(progress.step),
      onEvaluation: (evaluation) => recorded.evaluations.push(evaluation),
      onPhase: (phase) => {
        if (recorded.phases.at(-1) !== phase) {
          recorded.phases.push(phase);
        }
      },
      onRecovery: () => {
        recorded.recoveries.push(step);
      },
      save: (snapshot, { isLast, isStanding = false }) => {
        recorded.saves.push({ snapshot, isLast, isStanding });
        return Promise.resolve(true);
      },
    },
    pause: async (beforeStanding) => {
      time.advance((changes.secondsAStep ?? 0) * 1000);
      changes.onStep?.(++step);
      if (changes.isToStand?.() === true) {
        await beforeStanding?.();
      }
    },
  };
  const fresh: RunStart = {
    ...{ step: 0, trainedTokens: 0, elapsedSeconds: 0 },
    ...{ best: null, weightsFrom: "chance", bestWeights: weights },
  };
  const run = new TrainingRun(context, changes.start ?? fresh);
  return {
    ...recorded,
    run,
    network,
    sampleSeconds: windowCount,
    failNextStep: () => {
      isFailing = true;
    },
    dispose: () => {
      trainer.dispose();
      network.dispose();
    },
  };
}
