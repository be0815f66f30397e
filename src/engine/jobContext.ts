import type { Clock, FileStore, Log } from "../base/ports.ts";
import type { CheckpointStore } from "../checkpoints/checkpointStore.ts";
import type { CreateKernel } from "../models/neural/openKernel.ts";
import type { BackendChoice, TrainEvent } from "../protocol/engineMessages.ts";
import type { Backend } from "./selectBackend.ts";

/** What a job needs of the world. */
export interface JobContext {
  readonly files: FileStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Starts a backend, the first time; the same afterwards. */
  readonly backend: (choice: BackendChoice) => Promise<Backend>;
  /** Arithmetic of a network without TensorFlow. */
  readonly createKernel: CreateKernel;
  readonly openStore: (directory: string) => CheckpointStore;
  /** The user's global gitignore, if there is one. */
  readonly globalGitignorePath: () => Promise<string | undefined>;
  /** False where `A.txt` and `a.txt` are one file. */
  readonly isCaseSensitive: boolean;
  /** Lets messages of this thread be handled, cancellation above all. */
  readonly pause: () => Promise<void>;
}

export interface TrainContext extends JobContext {
  readonly emit: (event: TrainEvent) => void;
}
