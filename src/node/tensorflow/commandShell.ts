import { spawn } from "node:child_process";
import type { Disposable } from "../../base/disposable.ts";
import type { CommandOutcome, Environment, RunCommand } from "./runCommand.ts";

/**
 * Runs commands of a process that holds much memory, one at a time: a small shell starts them, which stays for the next. Starting one
 * directly copies the page tables of all that memory, and the whole process stands still meanwhile (`docs/benchmarks.md`, "GPU"). The
 * shell begins with the first command, and ends when it is disposed or when this process does. Not for Windows.
 */
export class CommandShell implements Disposable {
  readonly #environment: Environment | undefined;
  #session: ShellSession | undefined;

  /** @param environment the whole environment of the commands; default: our own */
  public constructor(environment?: Environment) {
    this.#environment = environment;
  }

  /** Of the options only `signal` counts: it kills the command and the shell with it. Standard error is part of `stdout`. */
  public readonly run: RunCommand = async (command, args, { signal } = {}) => {
    const session = (this.#session ??= this.#open());
    const abandon = (): void => {
      this.#forget(session);
      session.dispose();
    };
    signal?.addEventListener("abort", abandon);
    try {
      return await session.run([command, ...args].map(quoted).join(" "));
    } finally {
      signal?.removeEventListener("abort", abandon);
    }
  };

  public dispose(): void {
    this.#session?.dispose();
    this.#session = undefined;
  }

  #open(): ShellSession {
    const session = openSession(this.#environment ?? process.env, () => {
      this.#forget(session);
    });
    return session;
  }

  #forget(session: ShellSession): void {
    if (this.#session === session) {
      this.#session = undefined;
    }
  }
}

interface ShellSession extends Disposable {
  /** Settles when the line is done, or the shell is gone. */
  readonly run: (line: string) => Promise<CommandOutcome>;
}

const END = /\ninkling-end (\d+)\n$/;

/** What a shell says of a command that is not there, or that it may not run (POSIX, Shell & Utilities 2.8.2). */
const UNSTARTABLE_CODES: readonly number[] = [126, 127];

/** The characters of output that are kept. */
const KEPT_CHARS = 65_536;

function openSession(environment: Environment, onEnd: () => void): ShellSession {
  // In a process group of its own, so that a command that hangs is killed together with its shell, and no Ctrl+C reaches it.
  const child = spawn("/bin/sh", ["-s"], {
    stdio: ["pipe", "pipe", "ignore"],
    env: { ...environment },
    detached: true,
  });
  let output = "";
  let settle: ((outcome: CommandOutcome) => void) | undefined;
  const finish = (outcome: CommandOutcome): void => {
    settle?.(outcome);
    settle = undefined;
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output = (output + text).slice(-KEPT_CHARS);
    const end = END.exec(output);
    if (end !== null) {
      finish(outcomeOf(Number(end[1]), output.slice(0, end.index)));
    }
  });
  // Writing to a shell that is gone: `close` tells.
  child.stdin.on("error", () => undefined);
  child.on("error", ({ message }) => {
    onEnd();
    finish({ kind: "unstartable", reason: message });
  });
  child.on("close", (code, signal) => {
    onEnd();
    finish({ kind: "signalled", signal: signal ?? `exit code ${String(code)}`, stdout: output, output });
  });
  return {
    run: (line) =>
      new Promise((resolve) => {
        output = "";
        settle = resolve;
        child.stdin.write(`${line} </dev/null 2>&1; printf '\\ninkling-end %s\\n' "$?"\n`);
      }),
    dispose: () => {
      killGroup(child.pid);
    },
  };
}

function outcomeOf(exitCode: number, output: string): CommandOutcome {
  return UNSTARTABLE_CODES.includes(exitCode)
    ? { kind: "unstartable", reason: output.trim() }
    : { kind: "exited", exitCode, stdout: output, output };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) {
    return;
  }
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
