import type { Disposable, Position, TextDocument } from "vscode";
import type { CompareResult } from "../protocol/compareMessages.ts";
import type { ComparisonView } from "../protocol/comparisonView.ts";
import type { InklingStatus } from "../protocol/dashboardMessages.ts";
import type { DoneEvent } from "../protocol/engineMessages.ts";
import type { CompletionAnswer } from "../protocol/predictorMessages.ts";
import type { GradientResult } from "../protocol/gradientMessages.ts";
import type { GradientView } from "../protocol/gradientView.ts";
import type { CompareChoice } from "./compareJob.ts";
import type { GradientChoice } from "./gradientJob.ts";
import type { TrainOverrides } from "./trainJob.ts";

/** What `extensions.getExtension("inkling.inkling").activate()` resolves to: Inkling for other extensions and for tests. */
export interface InklingApi {
  /**
   * Trains on the workspace as the command does, but without progress on the screen; settles when the model is loaded.
   * @throws with `code`, as in `ErrorCode`: `noDocuments`, `trainingBusy`, `engineDied`, …
   */
  train(overrides?: TrainOverrides): Promise<DoneEvent>;
  /** Asks a running training to stop; its last checkpoint is kept. */
  cancelTraining(): void;
  /** Has a running training stand still at its next step; its budget does not run on. */
  pauseTraining(): void;
  /** Lets a training go on that was paused. */
  resumeTraining(): void;
  /**
   * Compares models on the workspace as the command does, without asking: five usual ones for a minute each where nothing else is said.
   * @throws with `code`, as in `ErrorCode`: `noDocuments`, `trainingBusy`, `badArgument`, `cancelled`, …
   */
  compare(choice?: Partial<CompareChoice>): Promise<CompareResult>;
  /** Asks a running comparison to stop; the rows that it has are kept. */
  cancelComparison(): void;
  /** The comparison that runs, or the last one; null where there was none. */
  comparison(): ComparisonView | null;
  /**
   * Looks at the gradients of RNN, LSTM and GRU as the command does, without asking: on the workspace, and again after 20 seconds of training each where nothing else is said.
   * @throws with `code`, as in `ErrorCode`: `noDocuments`, `fileUnreadable`, `trainingBusy`, `badArgument`, `cancelled`, …
   */
  inspectGradients(choice?: Partial<GradientChoice>): Promise<GradientResult>;
  /** Asks a running look at gradients to stop; what it has seen is kept. */
  cancelGradients(): void;
  /** The look at gradients that runs, or the last one; null where there was none. */
  gradients(): GradientView | null;
  /** What Inkling is doing and what it has, now. */
  status(): InklingStatus;
  readonly onDidChangeStatus: (listener: (status: InklingStatus) => void) => Disposable;
  /** Settles when the model of the workspace, if there is one, was loaded after the start. */
  readonly whenReady: Promise<void>;
  /** Where the model of this workspace is kept; `undefined` where no folder is open. */
  readonly modelDirectory: string | undefined;
  /** What would be offered at a position, whatever the settings say about languages. */
  suggest(document: TextDocument, position: Position): Promise<CompletionAnswer>;
  /** Text that the model writes after a prompt; the prompt itself is not part of it. */
  sample(options?: {
    readonly prompt?: string;
    readonly lengthTokens?: number;
    readonly temperature?: number;
    readonly seed?: number;
  }): Promise<string>;
}
