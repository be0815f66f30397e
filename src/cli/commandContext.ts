import type { Disposable } from "../base/disposable.ts";
import type { Clock, FileStore, Log } from "../base/ports.ts";
import type { ForkedProcess } from "../node/forkedProcess.ts";
import type { EngineRequests, PauseParams, TrainingMode } from "../protocol/engineMessages.ts";
import type { RequestClient } from "../protocol/requestChannel.ts";
import type { EngineStart } from "./startEngine.ts";
import type { Terminal } from "./terminal.ts";

/** What a command works with. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly files: FileStore;
  readonly clock: Clock;
  /** Started at the first request. */
  readonly engine: RequestClient<EngineRequests>;
  /** Starts another engine, of the caller's; a second Ctrl+C ends it too. */
  readonly startEngine: (log: Log, start: EngineStart) => ForkedProcess;
  /** Aborts when the user asks to stop. */
  readonly signal: AbortSignal;
  /** Has Ctrl+Z pause the work before this process stops; until it is disposed. */
  readonly watchSuspension: (setPaused: (wanted: PauseParams) => Promise<void>) => Disposable;
  /** The absolute path of what the user wrote as a path. */
  readonly resolvePath: (path: string) => string;
  /** What comes on standard input, to its end. */
  readonly readInput: () => Promise<Uint8Array>;
  readonly nodeVersion: string;
  /** Where TensorFlow is looked for and installed. */
  readonly cacheDirectory: string;
}

/** What shells take for an end by Ctrl+C: 128 + SIGINT. */
export const INTERRUPTED = 130;

/** What the shell is told: 0 done, or stopped with what was done kept; 1 failed; 2 used wrongly; 130 stopped with nothing to show for it. */
export type ExitCode = 0 | 1 | 2 | typeof INTERRUPTED;

/** Runs a command once its arguments are known to be right; its engine takes all of the machine unless another mode is named. */
export type RunCommand = (
  isJson: boolean,
  command: (context: CommandContext) => Promise<ExitCode>,
  mode?: TrainingMode,
) => Promise<void>;
