import type { TokenStream } from "../batches/tokenStream.ts";
import { type CellKind, type NetworkSpec, parameterCount } from "../models/neural/networkSpec.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import { chooseWidth } from "./chooseWidth.ts";
import type { TrainContext } from "./jobContext.ts";
import type { ModelDefaults } from "./modelDefaults.ts";
import { trainingBytes } from "./requireMemory.ts";
import { timeTraining } from "./timeTraining.ts";
import type { PlanCall } from "./trainPlan.ts";

/** What a network's sizes are chosen by. */
export interface SpecCall extends PlanCall {
  readonly cell: CellKind;
  readonly defaults: ModelDefaults;
  readonly vocabulary: Vocabulary;
  readonly stream: TokenStream;
}

/** Steps that are timed: what is wanted is whether a training has time for a width, not to a percent. */
const TIMED_STEPS = 4;
/** Of the memory that is free, for a width that nobody asked for. */
const MOST_OF_MEMORY = 0.25;

/** The network of an earlier run, or of the sizes that were given; the others by what suits text, budget and machine. */
export async function chooseSpec(call: SpecCall, context: TrainContext): Promise<NetworkSpec> {
  const { job, cell, defaults, vocabulary, earlier } = call;
  const { options } = job;
  const vocabularySize = vocabulary.size;
  if (earlier !== null) {
    return { ...earlier.checkpoint.spec, cell, vocabularySize };
  }
  const hiddenSize = options.hiddenSize ?? (await usualWidth(call, context));
  const sizes = { cell, vocabularySize, hiddenSize, layerCount: options.layerCount ?? defaults.layerCount };
  return cell === "lstm" && (options.readsMatches ?? true) ? { ...sizes, readsMatches: true } : sizes;
}

/** H where none was given. Only for one layer of what is measured: an LSTM over pieces, for a time. */
async function usualWidth(call: SpecCall, context: TrainContext): Promise<number> {
  const { job, cell, defaults, vocabulary, stream } = call;
  const { budgetSeconds, layerCount } = job.options;
  const isMeasured = cell === "lstm" && vocabulary.kind === "bpe" && (layerCount ?? defaults.layerCount) === 1;
  if (!isMeasured || budgetSeconds === null) {
    return defaults.hiddenSize;
  }
  const { laneCount, windowTokens } = defaults.training;
  const vocabularySize = vocabulary.size;
  return chooseWidth({
    ...{ leastWidth: defaults.hiddenSize, budgetSeconds, textTokens: stream.predictedTokens },
    hasRoom: (hiddenSize) => {
      const count = parameterCount({ cell, vocabularySize, hiddenSize, layerCount: 1 });
      return trainingBytes(count) <= MOST_OF_MEMORY * context.freeBytes();
    },
    readingSpeed: async (hiddenSize) => {
      const shape = { vocabularySize, hiddenSize, layerCount: 1, laneCount, windowTokens, stepCount: TIMED_STEPS };
      const { stepMs } = await timeTraining({ ...shape, backend: job.options.backend }, timingContext(call, context));
      return (1000 * laneCount * windowTokens) / Math.min(...stepMs);
    },
  });
}

function timingContext(
  { backend }: SpecCall,
  { clock, pause, signal }: TrainContext,
): Parameters<typeof timeTraining>[1] {
  return { backend, clock, signal, pause: () => pause(), residentBytes: () => 0, emit: () => undefined };
}
