import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { FriendlyError } from "./friendlyError.mjs";

const graceMs = 5_000;
const keptLines = 400;
const parentLookMs = 1_000;

/** Signals that end a script, with the exit status a shell gives them. */
const endingSignals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/**
 * The processes a script started. Each leads a process group of its own, so that ending it ends what it started too.
 */
export class Processes {
  #live = new Set();
  #cleanUps = [];
  #isEnding = false;

  /** From now on, Ctrl+C and other ending signals end every process first, run the clean-ups and exit. */
  endOnSignals() {
    for (const [signal, status] of Object.entries(endingSignals)) {
      process.on(signal, () => this.#endScript(status));
    }
    process.on("exit", () => this.#signalAll("SIGKILL"));
  }

  /**
   * From now on, the end of the process that started this one ends this one too, as SIGTERM does. npm passes a signal on to the shell between
   * them alone, which dies of it and leaves the script behind.
   */
  endWithParent() {
    const parent = process.ppid;
    // Nobody is told of the end of a parent, so it is looked for. On Windows its id stays for ever, and nothing comes of it.
    const timer = setInterval(() => {
      if (process.ppid !== parent) {
        clearInterval(timer);
        this.#endScript(endingSignals.SIGTERM);
      }
    }, parentLookMs);
    timer.unref();
  }

  /** Runs `cleanUp` when the processes are ended. Returns a function that forgets it again. */
  onEnd(cleanUp) {
    this.#cleanUps.push(cleanUp);
    return () => {
      this.#cleanUps = this.#cleanUps.filter((other) => other !== cleanUp);
    };
  }

  /**
   * Starts a process.
   * @param options `cwd`, `env`, `onLine(line)` for each line of both outputs; without it they go to the terminal
   * @returns `{ child, ended }`; `ended` settles with `{ status, signal, lines }` and never rejects
   */
  start(command, args, { cwd, env = process.env, onLine } = {}) {
    const stdio = onLine === undefined ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"];
    const child = spawn(command, args, { cwd, env, stdio, detached: process.platform !== "win32" });
    const lines = [];
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null && stream !== undefined) {
        createInterface({ input: stream }).on("line", (line) => {
          lines.push(line);
          if (lines.length > keptLines) {
            lines.shift();
          }
          onLine(line);
        });
      }
    }
    this.#live.add(child);
    const ended = new Promise((resolve) => {
      child.once("error", (error) => resolve({ status: null, signal: null, lines: [...lines, error.message] }));
      child.once("close", (status, signal) => resolve({ status, signal, lines }));
    }).finally(() => this.#live.delete(child));
    return { child, ended };
  }

  /** Runs a process to its end. `check: false`: a failure is returned, not thrown. */
  async run(command, args, { check = true, ...options } = {}) {
    const { ended } = this.start(command, args, { onLine: () => {}, ...options });
    const result = await ended;
    if (check && result.status !== 0 && !this.#isEnding) {
      const how =
        result.status === null ? `was ended by ${result.signal ?? "an error"}` : `failed (status ${result.status})`;
      throw new FriendlyError(`${command} ${args.join(" ")} ${how}\n${excerpt(result.lines)}`);
    }
    return result;
  }

  /** Ends one process with everything in its group. */
  async end(child) {
    if (child.exitCode !== null || child.signalCode !== null) {
      signalGroup(child, "SIGKILL");
      return;
    }
    const gone = new Promise((resolve) => child.once("close", resolve));
    signalGroup(child, "SIGTERM");
    const timer = setTimeout(() => signalGroup(child, "SIGKILL"), graceMs);
    await gone;
    clearTimeout(timer);
    // The leader is gone; what it left behind in its group goes too.
    signalGroup(child, "SIGKILL");
  }

  /** Ends every process, then runs the clean-ups, the last first. */
  async endAll() {
    this.#isEnding = true;
    await Promise.all([...this.#live].map((child) => this.end(child)));
    for (const cleanUp of this.#cleanUps.reverse()) {
      await cleanUp();
    }
    this.#cleanUps = [];
  }

  #endScript(status) {
    if (!this.#isEnding) {
      this.#isEnding = true;
      // Whoever read it may be gone.
      process.stdout.on("error", () => {});
      process.stdout.write("\nEnding …\n");
      this.endAll().finally(() => process.exit(status));
    }
  }

  #signalAll(signal) {
    for (const child of this.#live) {
      signalGroup(child, signal);
    }
  }
}

/** The first lines, which tend to name the cause, and the last. */
function excerpt(lines) {
  const shown = lines.length > 40 ? [...lines.slice(0, 15), "…", ...lines.slice(-20)] : lines;
  return shown.join("\n");
}

function signalGroup(child, signal) {
  if (child.pid === undefined) {
    return;
  }
  try {
    if (process.platform === "win32") {
      child.kill(signal);
    } else {
      process.kill(-child.pid, signal);
    }
  } catch (error) {
    if (error.code !== "ESRCH" && error.code !== "EPERM") {
      throw error;
    }
  }
}
