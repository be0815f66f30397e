import type { ChildProcess } from "node:child_process";

export interface EndedProcess {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lines: readonly string[];
}

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly onLine?: (line: string) => void;
}

export interface StartedProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<EndedProcess>;
}

export class Processes {
  endOnSignals(): void;
  endWithParent(): void;
  onEnd(cleanUp: () => void | Promise<void>): () => void;
  start(command: string, args: readonly string[], options?: StartOptions): StartedProcess;
  run(
    command: string,
    args: readonly string[],
    options?: StartOptions & { readonly check?: boolean },
  ): Promise<EndedProcess>;
  end(child: ChildProcess): Promise<void>;
  endAll(): Promise<void>;
}
