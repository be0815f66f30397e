import type { Clock } from "../base/ports.ts";
import type { Tally } from "../evaluation/tally.ts";
import type { WeightMap } from "../models/neural/networkSpec.ts";
import type { TrainableModel } from "../models/neural/trainableModel.ts";
import type { HeldOut, HeldOutSupply } from "./heldOut.ts";
import type { RunProgress } from "./progressWindow.ts";
import type { RunLimits, WindowStream } from "./runPlan.ts";
import type { StepTimes } from "./stepTimes.ts";
import type { Trainer } from "./trainer.ts";
import type { TrainingSettings } from "./trainingSettings.ts";

export type StopReason = "budget" | "epochs" | "cancelled" | "converged" | "nonFinite";

export interface RunEvaluation {
  readonly elapsedSeconds: number;
  readonly step: number;
  readonly tally: Tally;
  readonly perplexity: number;
  readonly bitsPerByte: number;
  readonly isBest: boolean;
  /** True for the last one: with the weights that are kept, over as much held-out text as there was time for. */
  readonly isFinal: boolean;
}

/** Best weights so far and where the run stands; what a checkpoint is made of. */
export interface RunSnapshot {
  readonly bestWeights: WeightMap;
  /** How well the best weights know the sample, by which they were chosen; null where there is none. */
  readonly sampleBest: Tally | null;
  /** What is to be shown of the best weights: the final figure once there is one, until then that of the sample. */
  readonly validation: Tally | null;
  readonly step: number;
  /** That the best weights were taken after; of an earlier run's, where that stood. */
  readonly bestStep: number;
  readonly trainedTokens: number;
  readonly elapsedSeconds: number;
  /** Of the learning rate, half after the loss has exploded. */
  readonly rateShare: number;
}

export interface SaveOptions {
  readonly isLast: boolean;
  /** Whether the run went to its end: then its model is the one that was asked for, better than an older one or not. */
  readonly isComplete: boolean;
  /** Whether the trainer's own state is worth going on from; not after a loss that was not finite. */
  readonly isTrainerSound: boolean;
  /** Whether the run is about to stand still, nobody knows for how long. */
  readonly isStanding?: boolean;
}

/** How a run ended. */
export interface RunOutcome {
  readonly stopped: StopReason;
  readonly left: RunLegacy;
}

/**
 * What a run leaves: a `model` of its own; the `earlierModel`, which the listener kept; or nothing new, because there was time for `noStep` or for `tooLittle`, or because
 * all that the weights knew is `lost`, by a loss that exploded or is no better than that of guessing.
 */
export type RunLegacy = "model" | "earlierModel" | "noStep" | "tooLittle" | "lost";

/** Steps and looks take turns; at the end the model is saved and measured over more text. */
export type RunPhase = "training" | "evaluating" | "measuring" | "saving";

/** What a run tells and asks while it goes. */
export interface RunListener {
  onProgress(progress: RunProgress): void;
  onEvaluation(evaluation: RunEvaluation): void;
  /** @param fraction of a long phase that is over, in [0, 1] */
  onPhase(phase: RunPhase, fraction?: number): void;
  /** The loss exploded or stopped being a finite number; the run goes on from the best weights with half the rate. */
  onRecovery(): void;
  /** Stores a snapshot. Called after improvements and at the end; a throw ends the run. @returns false where what is there was kept, or could not be replaced yet */
  save(snapshot: RunSnapshot, options: SaveOptions): Promise<boolean>;
}

export interface RunContext {
  readonly network: TrainableModel;
  readonly trainer: Trainer;
  readonly stream: WindowStream;
  /** A sample of the held-out text, small enough to be scored often; null: nothing is held out. */
  readonly sample: HeldOut | null;
  /** All held-out text; as much of it as there is time for is scored at the end. */
  readonly heldOut: HeldOutSupply | null;
  readonly settings: TrainingSettings;
  readonly limits: RunLimits;
  /** Seconds at the end of the budget that the run leaves to its caller, for work on the model that it has made. */
  readonly reservedSeconds: number;
  /** The same weights with logits divided by a temperature; without it none is chosen. */
  readonly temper?: (weights: WeightMap, temperature: number) => WeightMap;
  /** Of the run's chance; with the step it decides what is dropped. */
  readonly seed: number;
  readonly clock: Clock;
  /** What steps are measured with, the trainer's own. */
  readonly times?: StepTimes;
  readonly signal: AbortSignal;
  readonly listener: RunListener;
  /**
   * Lets other work of this thread run, and waits where the run is to stand still.
   * @param beforeStanding is done before that
   */
  readonly pause: (beforeStanding?: () => Promise<void>) => Promise<void>;
}

/** Where a run stands, for another to go on from where it failed. */
export type ReachedRun = Omit<RunStart, "elapsedSeconds" | "weightsFrom" | "validation">;

/** Where an earlier run stopped. */
export interface RunStart {
  readonly step: number;
  readonly trainedTokens: number;
  readonly elapsedSeconds: number;
  /** Where `bestWeights` come from: from chance, or from the model that lies where this run's shall be, as it is or with other pieces. */
  readonly weightsFrom: "chance" | "model" | "otherPieces";
  /** How well `bestWeights` know the sample; null where that is not known and has to be found out. */
  readonly best: Tally | null;
  readonly bestWeights: WeightMap;
  /** The figure that `bestWeights` have on the disk; null or absent where they have none. */
  readonly validation?: Tally | null;
  /** Where the run that this one takes over began; default: `step`. */
  readonly firstStep?: number;
  /** Default: `step`. */
  readonly bestStep?: number;
  /** Of the learning rate, half after the loss has exploded; default: 1. */
  readonly rateShare?: number;
}
