import type { TokenStream } from "../batches/tokenStream.ts";
import { type CellKind, type NetworkSpec, parameterCount } from "../models/neural/networkSpec.ts";
import { readableCount } from "../base/readableNumbers.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import { chooseWidth } from "./chooseWidth.ts";
import type { TrainContext } from "./jobContext.ts";
import { isOutOfMemory } from "./memoryFailure.ts";
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
/** How many times too slow a step is, the first ones among them, after which no more are timed. */
const FAR_TOO_SLOW = 4;
/** Of the memory that is free, for a width that nobody asked for. */
const MOST_OF_MEMORY = 0.25;

/** The network of an earlier run, or of the sizes that were given; the others by what suits text, budget and machine. */
export async function chooseSpec(call: SpecCall, context: TrainContext): Promise<NetworkSpec> {
  const { job, cell, defaults, vocabulary, earlier } = call;
  const { options } = job;
  const vocabularySize = vocabulary.size;
  if (earlier !== null) {
    const spec = { ...earlier.checkpoint.spec, cell, vocabularySize };
    // Who goes on by itself while nobody is there, as idle training does, keeps what it has.
    const isAsked = options.hiddenSize !== null || options.layerCount !== null;
    if (earlier.isOver && !isAsked && options.keepsPieces !== true) {
      await tellOfWiderLayer(call, spec, context);
    }
    return spec;
  }
  const layerCount = options.layerCount ?? defaults.layerCount;
  const usual = { hiddenSize: defaults.hiddenSize, layerCount };
  const hiddenSize = options.hiddenSize ?? (await suitableWidth(call, usual, context));
  const sizes = { cell, vocabularySize, hiddenSize, layerCount };
  return cell === "lstm" && (options.readsMatches ?? true) ? { ...sizes, readsMatches: true } : sizes;
}

/** A model that is gone on with keeps its width, also where the new budget is one that a wider layer is for. */
async function tellOfWiderLayer(call: SpecCall, spec: NetworkSpec, context: TrainContext): Promise<void> {
  const { hiddenSize } = spec;
  const width = await suitableWidth(call, spec, context);
  if (width > hiddenSize) {
    context.emit({
      type: "notice",
      level: "info",
      message:
        `The model keeps its ${readableCount(hiddenSize)} units, because it goes on with what it has learnt. There is enough text and time here for a layer of ` +
        `${readableCount(width)} units, which usually learns more; to get it, train a new model instead of continuing this one.`,
    });
  }
}

/**
 * The widest layer that suits text, budget and machine, at least as wide as the one of these sizes. Measured only for one layer of what is known to gain by it: an LSTM over pieces, for a time and
 * no number of passes.
 */
async function suitableWidth(
  call: SpecCall,
  { hiddenSize: leastWidth, layerCount }: Pick<NetworkSpec, "hiddenSize" | "layerCount">,
  context: TrainContext,
): Promise<number> {
  const { job, cell, vocabulary, stream, beganMs } = call;
  const { budgetSeconds, epochs } = job.options;
  const isMeasured = cell === "lstm" && vocabulary.kind === "bpe" && layerCount === 1;
  if (!isMeasured || budgetSeconds === null || epochs !== null) {
    return leastWidth;
  }
  const measured: string[] = [];
  const width = await chooseWidth({
    leastWidth,
    trainingSeconds: budgetSeconds - (context.clock.nowMs() - beganMs) / 1000,
    textTokens: stream.predictedTokens,
    hasRoom: (hiddenSize) => {
      const count = parameterCount({ cell, vocabularySize: vocabulary.size, hiddenSize, layerCount: 1 });
      return trainingBytes(count) <= MOST_OF_MEMORY * context.freeBytes();
    },
    readingSpeed: async (hiddenSize, neededSpeed) => {
      const speed = await readingSpeed({ ...call, hiddenSize, neededSpeed }, context);
      measured.push(
        `${hiddenSize} units ${readableCount(Math.round(speed))} of ${readableCount(Math.round(neededSpeed))}`,
      );
      return speed;
    },
  });
  if (measured.length > 0) {
    context.log.write(
      "info",
      `A layer of ${width} units suits text and time. Tokens a second that a width reads here of those it needs: ${measured.join(", ")}.`,
    );
  }
  return width;
}

/** Tokens a second of a few steps of training; 0 where they are far too slow, or the memory is not enough for them. */
async function readingSpeed(
  {
    job,
    backend,
    defaults,
    vocabulary,
    hiddenSize,
    neededSpeed,
  }: SpecCall & { readonly hiddenSize: number; readonly neededSpeed: number },
  { clock, pause, signal }: TrainContext,
): Promise<number> {
  const { laneCount, windowTokens, softmaxShare } = { ...defaults.training, ...job.options.settings };
  const stepTokens = laneCount * windowTokens;
  // All tokens alike, though text is not: that costs what matches, dropout and looks cost, which these steps are without (docs/benchmarks.md).
  const shape = {
    hiddenSize,
    layerCount: 1,
    vocabularySize: vocabulary.size,
    laneCount,
    windowTokens,
    tokenLaw: "uniform",
  } as const;
  const mostStepMs = (FAR_TOO_SLOW * 1000 * stepTokens) / neededSpeed;
  try {
    const { stepMs } = await timeTraining(
      { ...shape, backend: job.options.backend, stepCount: TIMED_STEPS },
      {
        ...{ backend, clock, signal, softmaxShare, mostStepMs },
        pause: () => pause(),
        residentBytes: () => 0,
        emit: () => undefined,
      },
    );
    return (1000 * stepTokens) / Math.min(...stepMs);
  } catch (error) {
    if (isOutOfMemory(error)) {
      return 0;
    }
    throw error;
  }
}
