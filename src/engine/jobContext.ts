import type { Clock, FileStore, Log } from "../base/ports.ts";
import type { CheckpointStore } from "../checkpoints/checkpointStore.ts";
import type { CreateKernel } from "../models/neural/openKernel.ts";
import type { BackendChoice } from "../protocol/backendDescription.ts";
import type { TrainEvent } from "../protocol/engineMessages.ts";
import type { GpuAnswer } from "../protocol/gpuUsage.ts";
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
  /** Memory that a training may take of this machine. */
  readonly freeBytes: () => number;
  /** False where `A.txt` and `a.txt` are one file. */
  readonly isCaseSensitive: boolean;
  /**
   * Lets messages of this thread be handled, cancellation above all. Where a message has asked the run to stand still, waits until it may
   * go on.
   * @param beforeStanding is done before the run stands still
   */
  readonly pause: (beforeStanding?: () => Promise<void>) => Promise<void>;
}

/** What a process takes of its machine, and how its GPUs are. */
export interface ProcessMeter {
  /** Processor time so far, all threads together. */
  readonly processorMs: () => number;
  readonly residentBytes: () => number;
  /** Threads that an operation may take. */
  readonly threadCount: number;
  /** Starts a program that tells how the GPUs are now; settles seconds later at most. */
  readonly readGpus: () => Promise<GpuAnswer>;
}

export interface TrainContext extends JobContext {
  readonly emit: (event: TrainEvent) => void;
  /** Measures what steps take; without it nobody is told. */
  readonly meter?: ProcessMeter;
}
