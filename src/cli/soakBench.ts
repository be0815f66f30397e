import { readableBytes, readableCount, readableSeconds } from "../base/readableNumbers.ts";
import { LmError } from "../base/errors.ts";
import type { BackendChoice } from "../protocol/backendDescription.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { folderTrainJob } from "./folderTrainJob.ts";
import type { TrainingShape } from "./trainingBench.ts";

export interface SoakBenchArguments {
  readonly shape: TrainingShape;
  readonly laneCount: number;
  readonly windowTokens: number;
  readonly vocabularySize: number;
  readonly backend: BackendChoice;
  /** Bare steps on tokens drawn at random, or a whole training with its looks and saves. */
  readonly run:
    | { readonly kind: "steps"; readonly stepCount: number }
    | { readonly kind: "training"; readonly folder: string; readonly scratch: string; readonly budgetSeconds: number };
  /** About how many times memory is looked at. */
  readonly pointCount: number;
}

interface MemoryPoint {
  readonly step: number;
  readonly elapsedSeconds: number;
  readonly tensorCount: number;
  readonly residentBytes: number;
}

export interface SoakBenchResult {
  readonly shape: string;
  readonly batch: number;
  readonly window: number;
  readonly vocabulary: number;
  readonly points: readonly MemoryPoint[];
  /** Most tensors at any point less the fewest. */
  readonly tensorSpread: number;
  readonly mostResidentBytes: number;
  /** From the end of the first tenth, when everything has its place, to the end. */
  readonly grownBytes: number;
}

/** Trains for long and tells what memory does. */
export async function runSoakBench(given: SoakBenchArguments, context: CommandContext): Promise<ExitCode> {
  const points: MemoryPoint[] = [];
  const beganMs = context.clock.nowMs();
  const keep: Keep = ({ step, tensorCount, residentBytes }) => {
    const elapsedSeconds = (context.clock.nowMs() - beganMs) / 1000;
    points.push({ step, elapsedSeconds, tensorCount, residentBytes });
    context.terminal.live(
      `${readableSeconds(elapsedSeconds)}, step ${readableCount(step)}: ${readableCount(tensorCount)} tensors, ${readableBytes(residentBytes)}`,
    );
  };
  await (given.run.kind === "steps" ? takeSteps : train)(given, context, keep);
  if (context.signal.aborted && given.run.kind === "steps") {
    throw new LmError("cancelled", "The measurement was cancelled.");
  }
  const first = points[Math.floor(points.length / 10)];
  const last = points.at(-1);
  if (first === undefined || last === undefined) {
    throw new LmError("badArgument", "The run ended before memory was looked at; give it more steps or time.");
  }
  const tensorCounts = points.map(({ tensorCount }) => tensorCount);
  const result: SoakBenchResult = {
    ...sizesOf(given),
    points,
    tensorSpread: Math.max(...tensorCounts) - Math.min(...tensorCounts),
    mostResidentBytes: Math.max(...points.map(({ residentBytes }) => residentBytes)),
    grownBytes: last.residentBytes - first.residentBytes,
  };
  context.terminal.result(result, describe(result));
  return 0;
}

type Keep = (point: Omit<MemoryPoint, "elapsedSeconds">) => void;

async function takeSteps(given: SoakBenchArguments, { engine, signal }: CommandContext, keep: Keep): Promise<void> {
  const { shape, run, pointCount, ...sizes } = given;
  if (run.kind === "steps") {
    const memorySteps = Math.max(1, Math.floor(run.stepCount / pointCount));
    const job = { ...shape, ...sizes, stepCount: run.stepCount, tokenLaw: "zipf", memorySteps } as const;
    await engine.request("timeTraining", job, { signal, onEvent: keep });
  }
}

async function train({ run, ...given }: SoakBenchArguments, context: CommandContext, keep: Keep): Promise<void> {
  if (run.kind !== "training") {
    return;
  }
  const { engine, signal } = context;
  const { shape, laneCount, windowTokens, vocabularySize, backend, pointCount } = given;
  const options = {
    ...shape,
    budgetSeconds: run.budgetSeconds,
    epochs: null,
    tokenizer: "bpe",
    vocabularySize,
    backend,
    seed: 1,
    isResume: false,
    settings: { laneCount, windowTokens },
  } as const;
  const job = folderTrainJob({ folder: run.folder, out: run.scratch, options }, context);
  let keptCount = 0;
  await engine.request("train", job, {
    signal,
    onEvent: (event) => {
      if (event.type === "progress" && event.usage !== undefined && event.fraction * pointCount >= keptCount) {
        keptCount++;
        const { tensorCount, residentBytes } = event.usage;
        keep({ step: event.step, tensorCount, residentBytes });
      }
    },
  });
}

function sizesOf({
  shape,
  laneCount,
  windowTokens,
  vocabularySize,
}: SoakBenchArguments): Pick<SoakBenchResult, "shape" | "batch" | "window" | "vocabulary"> {
  return {
    shape: `${shape.layerCount}×${shape.hiddenSize}`,
    batch: laneCount,
    window: windowTokens,
    vocabulary: vocabularySize,
  };
}

function describe({ shape, points, tensorSpread, mostResidentBytes, grownBytes }: SoakBenchResult): string {
  const { step = 0, elapsedSeconds = 0, tensorCount = 0 } = points.at(-1) ?? {};
  const tensors =
    tensorSpread === 0
      ? "at all of them, so none leaks"
      : `at the end, ${readableCount(tensorSpread)} more or fewer before`;
  const grown = `${grownBytes < 0 ? "−" : "+"}${readableBytes(Math.abs(grownBytes))}`;
  return (
    `${shape}, ${readableCount(step)} steps in ${readableSeconds(elapsedSeconds)}, ${points.length} looks: ` +
    `${readableCount(tensorCount)} tensors ${tensors}; ${readableBytes(mostResidentBytes)} resident at most, ${grown} after the first tenth`
  );
}
