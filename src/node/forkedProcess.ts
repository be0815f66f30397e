import { type ChildProcess, fork } from "node:child_process";
import type { Disposable } from "../base/disposable.ts";
import { Emitter } from "../base/emitter.ts";
import type { Log, MessagePortLike } from "../base/ports.ts";
import { splitLines } from "./lineSplitter.ts";
import { parseLogLine } from "./streamLog.ts";

export interface ForkOptions {
  /** What messages call the process, e.g. "engine". */
  readonly name: string;
  /** Absolute path of a CommonJS bundle. */
  readonly entry: string;
  /** Variables on top of this process's own; `undefined` takes one away. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** How long the process may take to end by itself before it is killed. */
  readonly killGraceMs?: number;
}

/** A child process as a message port. Disposing asks it to end, and kills it if it does not. */
export interface ForkedProcess extends MessagePortLike, Disposable {
  readonly pid: number | undefined;
  /** Ends the process at once, whatever it is doing. */
  kill(): void;
}

/** How many of the last lines on stderr are looked through for the cause of a death. */
const KEPT_LINES = 40;

/** How long to wait for the last output of a process that has ended: a grandchild may hold its streams open for ever. */
const DRAIN_MS = 500;

/** How long a process may go on after it has closed its channel. */
const DISCONNECT_GRACE_MS = 1000;

/** Starts `entry` in a Node process of its own; in an Electron host that is the host's own Node. */
export function forkProcess(options: ForkOptions): ForkedProcess {
  return new ChildProcessPort(options);
}

class ChildProcessPort implements ForkedProcess {
  readonly #options: ForkOptions;
  readonly #child: ChildProcess;
  readonly #received = new Emitter<unknown>();
  readonly #closed = new Emitter<string>();
  readonly #lastLines: string[] = [];
  #killTimer: NodeJS.Timeout | undefined;
  #disconnectTimer: NodeJS.Timeout | undefined;
  #isGone = false;
  #isKilledByUs = false;
  /** Whether this process stays alive until it has heard of the child's end. */
  #isWaitedFor = true;

  public readonly onDidReceive = this.#received.event;
  public readonly onDidClose = this.#closed.event;

  public constructor(options: ForkOptions) {
    this.#options = options;
    this.#child = fork(options.entry, [], {
      execPath: process.execPath,
      execArgv: [],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: "1", ...options.environment },
      // Without `advanced`, typed arrays would arrive as objects and Infinity as null.
      serialization: "advanced",
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#child.on("message", (message) => {
      this.#received.fire(message);
    });
    this.#captureOutput();
    this.#watchEnd();
  }

  public get pid(): number | undefined {
    return this.#child.pid;
  }

  public postMessage(message: unknown): void {
    if (this.#child.connected) {
      // A write that fails means that the process is going; its end settles what waits.
      this.#child.send(message as object, () => undefined);
    }
  }

  public kill(): void {
    this.#isKilledByUs = true;
    this.#child.kill("SIGKILL");
  }

  public dispose(): void {
    this.#askToEnd();
    // The host may end before the child has; the child sees the disconnect then.
    this.#isWaitedFor = false;
    this.#killTimer?.unref();
    this.#child.unref();
    this.#child.channel?.unref();
  }

  #askToEnd(): void {
    if (!this.#isGone && this.#killTimer === undefined) {
      this.#child.kill("SIGTERM");
      this.#killTimer = setTimeout(() => {
        this.kill();
      }, this.#options.killGraceMs ?? 5000);
    }
  }

  #captureOutput(): void {
    const { log, name } = this.#options;
    const { stdout, stderr } = this.#child;
    if (stdout !== null) {
      splitLines(stdout, (line) => {
        log.write("info", `${name}: ${line}`);
      });
    }
    if (stderr !== null) {
      splitLines(stderr, (line) => {
        this.#captureErrorLine(line);
      });
    }
  }

  #captureErrorLine(line: string): void {
    const { log, name } = this.#options;
    const entry = parseLogLine(line);
    log.write(entry?.level ?? "debug", `${name}: ${entry?.message ?? line}`);
    if (line.trim() !== "" && (entry === undefined || entry.level === "error")) {
      this.#lastLines.push(entry?.message ?? line);
      this.#lastLines.splice(0, this.#lastLines.length - KEPT_LINES);
    }
  }

  #watchEnd(): void {
    this.#child.on("error", (error) => {
      this.#end(`The ${this.#options.name} process could not be started or reached: ${error.message}`);
    });
    this.#child.on("exit", (code, signal) => {
      const end = (): void => {
        this.#end(this.#describeEnd(code, signal));
      };
      this.#child.once("close", end);
      const timer = setTimeout(end, DRAIN_MS);
      if (!this.#isWaitedFor) {
        timer.unref();
      }
    });
    this.#child.on("disconnect", () => {
      // Mostly the first sign of its end. A process that goes on without its channel can answer nothing any more.
      this.#disconnectTimer = setTimeout(() => {
        this.#askToEnd();
      }, DISCONNECT_GRACE_MS);
    });
  }

  #end(reason: string): void {
    if (!this.#isGone) {
      this.#isGone = true;
      clearTimeout(this.#killTimer);
      clearTimeout(this.#disconnectTimer);
      this.#options.log.write("info", reason);
      this.#closed.fire(reason);
    }
  }

  #describeEnd(code: number | null, signal: NodeJS.Signals | null): string {
    const words = findLastWords(this.#lastLines);
    const tail = words === undefined ? "" : ` Its last words: ${words}`;
    return `The ${this.#options.name} process ${describeExit({ code, signal, isKilledByUs: this.#isKilledByUs }, this.#lastLines)}.${tail}`;
  }
}

/** The last line that names an error, else the last that is no part of a stack. */
function findLastWords(lines: readonly string[]): string | undefined {
  const candidates = lines.filter((line) => !STACK_LINE.test(line) && !BANNER_LINE.test(line));
  return (candidates.findLast((line) => ERROR_LINE.test(line)) ?? candidates.at(-1))?.trim();
}

/** Frames of JavaScript and native stacks, brackets around facts, Node's own signature, source markers. */
const STACK_LINE = /^\s+at |^\s*\d+: |^Node\.js v|^\s+\w+: |^[\s^{}\]-]*$|^node:|^\/\S+:\d+$/;

/**
 * What TensorFlow says of itself at its start, such as that oneDNN is on, with "errors" of rounding: lines of absl's log that are for information, with or without a
 * date before them, and the warning that stands before the first.
 */
const BANNER_LINE =
  /^I\d{4} [\d:.]+ |^\d{4}-\d\d-\d\d [\d:.]+: I |^WARNING: All log messages before absl::InitializeLog\(\)/;

const ERROR_LINE = /error|exception|terminate|fatal|cannot|abort|fail|memory/i;

interface ExitFacts {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly isKilledByUs: boolean;
}

/** Signals that a process gets for what it did itself. */
const CRASHES: ReadonlySet<NodeJS.Signals> = new Set([
  "SIGABRT",
  "SIGBUS",
  "SIGFPE",
  "SIGILL",
  "SIGSEGV",
  "SIGSYS",
  "SIGTRAP",
]);

function describeExit({ code, signal, isKilledByUs }: ExitFacts, lines: readonly string[]): string {
  if (signal === "SIGKILL" && isKilledByUs) {
    return "was killed by Inkling, because it was to end at once";
  }
  if (lines.some((line) => /out of memory|bad_alloc|\bOOM\b/i.test(line))) {
    return "ran out of memory; close other programs or train a smaller model";
  }
  if (signal === "SIGKILL") {
    return (
      "was killed (SIGKILL), by somebody or by the system, which does so where memory runs out; " +
      "if nobody did, close other programs or train a smaller model"
    );
  }
  if (signal !== null) {
    return CRASHES.has(signal) ? `crashed (${signal})` : `was ended by ${signal}`;
  }
  return code === 0 ? "ended" : `ended with exit code ${code ?? "unknown"}`;
}
