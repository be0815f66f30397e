import {
  counted,
  readableCount,
  readableFigure,
  readablePerplexity,
  readableSeconds,
  readableShare,
} from "../base/readableNumbers.ts";
import type { DoneEvent, TrainEvent } from "../protocol/engineMessages.ts";
import { gpuFigures } from "../protocol/gpuUsage.ts";
import { addUsage, type StepUsage } from "../protocol/stepUsage.ts";
import { type ExitCode, INTERRUPTED } from "./commandContext.ts";
import type { Terminal } from "./terminal.ts";
import { pauseText } from "./trainPause.ts";

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

/** Where there is no live line, a run that has nothing else to tell tells this often how far it is. */
const PROGRESS_SECONDS = 10;

/** Prints the events of a run: all of them for programs; a live line and what is worth keeping for people. */
export class TrainPrinter {
  readonly #terminal: Terminal;
  public lastEvaluation: Extract<TrainEvent, { readonly type: "evaluation" }> | undefined;
  /** What the steps took so far. */
  public usage: StepUsage | null = null;
  /** Of the run, when the last line was printed. */
  #notedSeconds = 0;

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
        this.usage = event.usage === undefined ? this.usage : addUsage(this.usage, event.usage);
        this.#showProgress(event);
        break;
      case "evaluation":
        this.lastEvaluation = event;
        this.#notedSeconds = event.elapsedSeconds;
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
        this.#note(pauseText(event));
        break;
      case "checkpoint":
      case "done":
        break;
    }
  }

  #showProgress(event: Extract<TrainEvent, { readonly type: "progress" }>): void {
    const line = describeProgress(event, this);
    this.#terminal.live(line);
    if (!this.#terminal.isLive && event.elapsedSeconds - this.#notedSeconds >= PROGRESS_SECONDS) {
      this.#notedSeconds = event.elapsedSeconds;
      this.#note(line);
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
    `${counted(event.takenCount, "file")}, ${readableCount(event.trainingTokens)} training and ` +
    `${readableCount(event.validationTokens)} validation tokens of ${readableCount(event.vocabularySize)} pieces; ` +
    `${readableCount(event.parameterCount)} parameters${left === "" ? "" : ` (left out: ${left})`}`
  );
}

function describeProgress(
  event: Extract<TrainEvent, { readonly type: "progress" }>,
  { lastEvaluation, usage }: TrainPrinter,
): string {
  const validation =
    lastEvaluation === undefined ? "" : `, validation ${readablePerplexity(lastEvaluation.perplexity)}`;
  const gpu = gpuFigures(usage?.gpus ?? []);
  return (
    `${readableShare(event.fraction)} ${readableSeconds(event.elapsedSeconds)} · step ${readableCount(event.step)} · ` +
    `perplexity ${readablePerplexity(event.perplexity)}${validation} · ${readableCount(event.tokensPerSecond)} tokens/s · ` +
    `${gpu === null ? "" : `${gpu} · `}clipped ${readableShare(event.clippedFraction)}`
  );
}

function describeEvaluation(event: Extract<TrainEvent, { readonly type: "evaluation" }>): string {
  const best = event.isBest ? ", the best so far" : "";
  const passages = event.isSample === true ? " of short passages" : "";
  const bits = event.bitsPerByte === null ? "" : `, ${readableFigure(event.bitsPerByte)} bits per byte`;
  return (
    `${readableSeconds(event.elapsedSeconds)}, step ${readableCount(event.step)}: ${event.split} perplexity ` +
    `${readablePerplexity(event.perplexity)} over ${readableCount(event.tokens)} tokens${passages}${bits}` +
    (event.isFinal ? ", final" : best)
  );
}

const STOPS: Readonly<Record<DoneEvent["stopped"], string>> = {
  budget: "The time is up.",
  epochs: "All epochs are done.",
  cancelled: "Cancelled.",
  converged: "It stopped getting better.",
  nonFinite: "The loss exploded.",
};

/** What is said at the end of a run. */
export function describeDone(done: DoneEvent, { lastEvaluation }: TrainPrinter): string {
  if (done.nothingLearnt !== undefined) {
    return `${STOPS[done.stopped]} ${done.nothingLearnt}`;
  }
  const figures = lastEvaluation === undefined ? "" : ` ${describeFigure(lastEvaluation)}.`;
  const backend = done.backend === "tensorflow" ? "TensorFlow" : "the portable backend";
  return `${STOPS[done.stopped]}${figures} Model in ${done.model}, trained by ${backend} on the ${done.device.toUpperCase()}.`;
}

/** Bits per byte, or the perplexity where tokens are unknown. */
function describeFigure({ bitsPerByte, perplexity }: Extract<TrainEvent, { readonly type: "evaluation" }>): string {
  return bitsPerByte === null
    ? `Perplexity ${readablePerplexity(perplexity)}`
    : `${readableFigure(bitsPerByte)} bits per byte`;
}

/** What the shell is told of a run: a failure where it left nothing new, or its loss exploded, and that it was interrupted where that is why. */
export function exitCodeOf({ stopped, nothingLearnt }: DoneEvent): ExitCode {
  if (stopped === "cancelled") {
    return nothingLearnt === undefined ? 0 : INTERRUPTED;
  }
  return stopped === "nonFinite" || nothingLearnt !== undefined ? 1 : 0;
}
