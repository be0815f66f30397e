import {
  readableCount,
  readableFigure,
  readablePerplexity,
  readableSeconds,
  readableShare,
} from "../base/readableNumbers.ts";
import { LmError } from "../base/errors.ts";
import type { BackendChoice, CellChoice, DoneEvent, TrainEvent, TrainJob } from "../protocol/engineMessages.ts";
import type { GivenSettings } from "../protocol/settingLimits.ts";
import { addUsage, type StepUsage } from "../protocol/stepUsage.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { printProfile } from "./trainProfile.ts";
import { folderTrainJob } from "./folderTrainJob.ts";
import type { Terminal } from "./terminal.ts";
import { TrainPause } from "./trainPause.ts";

export interface TrainArguments {
  readonly folder: string;
  readonly out: string;
  readonly budgetSeconds: number | null;
  readonly epochs: number | null;
  readonly tokenizer: "char" | "bpe" | null;
  readonly vocabularySize: number | null;
  readonly hiddenSize: number | null;
  readonly layerCount: number | null;
  readonly backend: BackendChoice;
  readonly seed: number;
  readonly isResume: boolean;
  /** How the parameters are improved, where that is not as by default. */
  readonly settings: GivenSettings;
  /** Default: an LSTM, or on resuming what the model is. */
  readonly cell?: CellChoice;
}

export interface TrainOutput {
  /** Whether to tell at the end what the steps took. */
  readonly isProfiled: boolean;
}

/** The budget where neither a budget nor epochs are named: the editor's default too. */
export const DEFAULT_BUDGET_SECONDS = 120;

/** Trains a model on a folder into a directory; stops early, with the best model kept, when asked to. */
export async function runTrain(
  given: TrainArguments,
  context: CommandContext,
  { isProfiled }: TrainOutput = { isProfiled: false },
): Promise<ExitCode> {
  const { engine, terminal, signal } = context;
  const job = buildJob(given, context);
  await requireFolder(job.folders[0]?.path ?? "", context);
  const printer = new TrainPrinter(terminal);
  const pause = new TrainPause(engine);
  const suspension = context.watchSuspension((wanted) => pause.set(wanted));
  const training = engine.request("train", job, {
    signal,
    onEvent: (event) => {
      printer.print(event);
      pause.note(event);
    },
  });
  // Meanwhile, not before: the time it takes to start TensorFlow is the budget's.
  const [done] = await Promise.all([training, noteBackend(given.backend, context)]).finally(() => {
    suspension.dispose();
    pause.end();
  });
  if (isProfiled && printer.usage !== null) {
    printProfile(printer.usage, terminal);
  }
  terminal.result(done, describeDone(done, printer));
  return done.stopped === "nonFinite" ? 1 : 0;
}

function buildJob(given: TrainArguments, context: CommandContext): TrainJob {
  const { folder, out, ...options } = given;
  const { budgetSeconds, epochs } = options;
  const isEndless = budgetSeconds === null && epochs === null;
  return folderTrainJob(
    { folder, out, options: { ...options, budgetSeconds: isEndless ? DEFAULT_BUDGET_SECONDS : budgetSeconds } },
    context,
  );
}

/** Refuses a slip of the keyboard before a directory is made for the model. */
async function requireFolder(path: string, { files }: CommandContext): Promise<void> {
  const stat = await files.stat(path);
  if (stat?.kind !== "directory") {
    const what = stat === undefined ? "does not exist" : "is not a folder";
    throw new LmError("badArgument", `${path} ${what}; name the folder to learn from.`);
  }
}

/**
 * Says once why TensorFlow, or the TensorFlow or GPU that was asked for, is not used, and how to get it. Never rejects: what
 * stands in the way of a backend stands in the way of the training too, which tells of it.
 */
async function noteBackend(backend: BackendChoice, { engine, terminal, signal }: CommandContext): Promise<void> {
  if (backend === "portable") {
    return;
  }
  try {
    const { tensorflow, reasons } = await engine.request("describe", { backend }, { signal });
    const why = reasons.join("; ");
    if (tensorflow === null) {
      const advice = why.includes("inkling setup") ? "" : " `inkling setup` prepares TensorFlow, where it can be had.";
      terminal.note(
        `Training without TensorFlow, on the slower portable backend${why === "" ? "" : ` (${why})`}.${advice}`,
      );
    } else if (why !== "") {
      terminal.note(`Warning: ${why}. Training with TensorFlow ${tensorflow.version} in ${tensorflow.path}.`);
    }
  } catch (error) {
    if (!(error instanceof LmError)) {
      throw error;
    }
  }
}

const PHASES: Readonly<Record<Extract<TrainEvent, { readonly type: "phase" }>["phase"], string>> = {
  backend: "Starting the backend",
  corpus: "Reading the files",
  tokenizer: "Learning the vocabulary",
  training: "Training",
  evaluating: "Evaluating",
  measuring: "Measuring",
  fitting: "Learning how far to trust it",
  saving: "Saving",
};

const PAUSED = "Paused: the budget does not run on. `fg` goes on here, `bg` behind other work.";

/** Prints the events of a run: all of them for programs; a live line and what is worth keeping for people. */
class TrainPrinter {
  readonly #terminal: Terminal;
  public lastEvaluation: Extract<TrainEvent, { readonly type: "evaluation" }> | undefined;
  /** Whether this run has written a model. */
  public hasSaved = false;
  /** What the steps took so far. */
  public usage: StepUsage | null = null;

  public constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  public print(event: TrainEvent): void {
    if (event.type !== "done") {
      // The end is printed when it is certain, from the request's result.
      this.#terminal.event(event);
    }
    switch (event.type) {
      case "corpus":
        this.#note(describeCorpus(event));
        break;
      case "progress":
        this.#terminal.live(describeProgress(event, this.lastEvaluation));
        this.usage = event.usage === undefined ? this.usage : addUsage(this.usage, event.usage);
        break;
      case "evaluation":
        this.lastEvaluation = event;
        this.#note(describeEvaluation(event));
        break;
      case "notice":
        this.#terminal.note(event.level === "warning" ? `Warning: ${event.message}` : event.message);
        break;
      case "phase":
        this.#terminal.live(
          `${PHASES[event.phase]}…${event.fraction === undefined ? "" : ` ${readableShare(event.fraction)}`}`,
        );
        break;
      case "pause":
        this.#note(event.isPaused ? PAUSED : "Training goes on.");
        break;
      case "checkpoint":
        this.hasSaved = true;
        break;
      case "done":
        break;
    }
  }

  /** What a program reads from the event itself. */
  #note(text: string): void {
    if (!this.#terminal.isJson) {
      this.#terminal.note(text);
    }
  }
}

function describeCorpus(event: Extract<TrainEvent, { readonly type: "corpus" }>): string {
  const excluded = Object.entries(event.excludedCounts).filter(([, count]) => count > 0);
  const left = excluded.map(([reason, count]) => `${readableCount(count)} ${reason}`).join(", ");
  return (
    `${readableCount(event.takenCount)} files, ${readableCount(event.trainingTokens)} training and ` +
    `${readableCount(event.validationTokens)} validation tokens of ${readableCount(event.vocabularySize)} pieces; ` +
    `${readableCount(event.parameterCount)} parameters${left === "" ? "" : ` (left out: ${left})`}`
  );
}

function describeProgress(
  event: Extract<TrainEvent, { readonly type: "progress" }>,
  evaluation: Extract<TrainEvent, { readonly type: "evaluation" }> | undefined,
): string {
  const validation = evaluation === undefined ? "" : `, validation ${readablePerplexity(evaluation.perplexity)}`;
  return (
    `${readableShare(event.fraction)} ${readableSeconds(event.elapsedSeconds)} · step ${readableCount(event.step)} · ` +
    `perplexity ${readablePerplexity(event.perplexity)}${validation} · ${readableCount(event.tokensPerSecond)} tokens/s · ` +
    `clipped ${readableShare(event.clippedFraction)}`
  );
}

function describeEvaluation(event: Extract<TrainEvent, { readonly type: "evaluation" }>): string {
  const best = event.isBest ? ", the best so far" : "";
  return (
    `${readableSeconds(event.elapsedSeconds)}, step ${readableCount(event.step)}: validation perplexity ` +
    `${readablePerplexity(event.perplexity)} over ${readableCount(event.tokens)} tokens, ` +
    `${readableFigure(event.bitsPerByte)} bits per byte${event.isFinal ? ", final" : best}`
  );
}

const STOPS: Readonly<Record<DoneEvent["stopped"], string>> = {
  budget: "The time is up.",
  epochs: "All epochs are done.",
  cancelled: "Cancelled.",
  converged: "It stopped getting better.",
  nonFinite: "The loss exploded, twice.",
};

function describeDone(done: DoneEvent, { lastEvaluation, hasSaved }: TrainPrinter): string {
  if (!hasSaved) {
    return `${STOPS[done.stopped]} That was before there was anything new to keep.`;
  }
  const figures = lastEvaluation === undefined ? "" : ` ${readableFigure(lastEvaluation.bitsPerByte)} bits per byte.`;
  const backend = done.backend === "tensorflow" ? "TensorFlow" : "the portable backend";
  return `${STOPS[done.stopped]}${figures} Model in ${done.model}, trained by ${backend} on the ${done.device.toUpperCase()}.`;
}
