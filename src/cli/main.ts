import { resolve } from "node:path";
import { CommanderError } from "commander";
import { version } from "../../package.json";
import type { Disposable } from "../base/disposable.ts";
import { type ErrorData, LmError, toErrorData } from "../base/errors.ts";
import type { Log } from "../base/ports.ts";
import { EngineClient } from "../node/engineClient.ts";
import type { ForkedProcess } from "../node/forkedProcess.ts";
import { createNodeClock } from "../node/nodeClock.ts";
import { createNodeFileStore } from "../node/nodeFileStore.ts";
import { createNodeTimer } from "../node/nodeTimer.ts";
import { cacheDirectory } from "../node/tensorflow/cacheDirectory.ts";
import type { EngineRequests, TrainingMode } from "../protocol/engineMessages.ts";
import { type CommandContext, type ExitCode, INTERRUPTED } from "./commandContext.ts";
import { type Interruption, watchInterruption } from "./interruption.ts";
import { createProgram } from "./program.ts";
import { type EngineStart, startEngine } from "./startEngine.ts";
import { watchSuspension } from "./suspension.ts";
import { Terminal } from "./terminal.ts";

/** What shells take for an end because nobody reads the output any more: 128 + SIGPIPE. */
const OUTPUT_GONE = 141;

const isDebugging = process.env["INKLING_DEBUG"] !== undefined;

async function main(): Promise<number> {
  let exitCode = 0;
  const program = createProgram(version, async (isJson, command, mode = "fullSpeed") => {
    exitCode = await runCommand(new Terminal({ out: process.stdout, err: process.stderr, isJson }), command, mode);
  });
  try {
    await program.parseAsync();
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      throw error;
    }
    if (error.exitCode === 0) {
      return 0; // `--help` and `--version`
    }
    // Commander has told people what is wrong.
    const isJson = process.argv.includes("--json");
    const message = error.message.replace(/^error: /, "");
    new Terminal({ out: process.stdout, err: process.stderr, isJson }).event({
      type: "error",
      code: "badArgument",
      message,
    });
    return 2;
  }
}

/** Runs one command in a world made for it; whatever it throws becomes one clear line. */
async function runCommand(
  terminal: Terminal,
  command: (context: CommandContext) => Promise<ExitCode>,
  mode: TrainingMode,
): Promise<number> {
  const clock = createNodeClock();
  const forked: ForkedProcess[] = [];
  const start = (log: Log, how: EngineStart): ForkedProcess => {
    const started = startEngine(log, how);
    forked.push(started);
    return started;
  };
  const engine = new EngineClient<EngineRequests>({
    start: () => start(createLog(terminal), { mode }),
    clock,
    timer: createNodeTimer(),
    log: createLog(terminal),
  });
  const interruption = watchInterruption({
    source: process,
    clock,
    onFirst: () => terminal.note("Stopping; press Ctrl+C again to end at once without saving."),
    onSecond: () => {
      forked.forEach((started) => started.kill());
      process.exit(INTERRUPTED);
    },
  });
  const output = watchOutput(process.stdout, interruption, terminal);
  try {
    const exitCode = await command({
      terminal,
      files: createNodeFileStore(),
      clock,
      engine,
      startEngine: start,
      signal: interruption.signal,
      watchSuspension: (setPaused) =>
        watchSuspension({ source: process, setPaused, stop: () => process.kill(process.pid, "SIGSTOP") }),
      resolvePath: resolveGiven,
      readInput,
      nodeVersion: process.version,
      cacheDirectory: cacheDirectory(),
    });
    return output.exitCode ?? exitCode;
  } catch (error) {
    const isAbort = interruption.signal.aborted && error instanceof Error && error.name === "AbortError";
    const failure = toErrorData(isAbort ? new LmError("cancelled", "Stopped.", { cause: error }) : error);
    reportFailure(failure, terminal);
    return output.exitCode ?? (failure.code === "cancelled" ? INTERRUPTED : 1);
  } finally {
    output.dispose();
    interruption.dispose();
    engine.dispose();
  }
}

async function readInput(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks);
}

/** Stops a command whose results can go nowhere, as Ctrl+C does: what was learnt is kept. */
function watchOutput(
  out: NodeJS.WriteStream,
  interruption: Interruption,
  terminal: Terminal,
): Disposable & { readonly exitCode: number | undefined } {
  let exitCode: number | undefined;
  const lose = ({ code, message }: NodeJS.ErrnoException): void => {
    if (exitCode === undefined) {
      // With EPIPE, whoever read the output has seen enough, as in `| head`.
      exitCode = code === "EPIPE" ? OUTPUT_GONE : 1;
      terminal.note(
        code === "EPIPE"
          ? "Nobody reads the output any more."
          : `inkling: the output cannot be written: ${message}. Make room for it, or name another place.`,
      );
      interruption.interrupt();
    }
  };
  out.on("error", lose);
  return {
    get exitCode() {
      return exitCode;
    },
    dispose: () => {
      out.off("error", lose);
    },
  };
}

/** Lines for those who look for a cause: warnings always, the rest on request. */
function createLog(terminal: Terminal): Log {
  return {
    write(level, message) {
      if (isDebugging || level === "warning") {
        terminal.note(`${level}: ${message}`);
      }
    },
  };
}

function reportFailure({ code, message, facts }: ErrorData, terminal: Terminal): void {
  const [firstLine = "", ...rest] = message.split("\n");
  const hint = code === "unexpected" && !isDebugging ? " (a fault in Inkling; INKLING_DEBUG=1 shows where)" : "";
  terminal.note(`inkling: ${firstLine}${hint}`);
  if (isDebugging && rest.length > 0) {
    terminal.note(rest.join("\n"));
  }
  terminal.event({ type: "error", code, message, facts });
}

/** An empty path is a slip, such as a shell variable that is not set; it does not mean the current folder. */
function resolveGiven(path: string): string {
  if (path.trim() === "") {
    throw new LmError("badArgument", "A path is empty; name a file or folder.");
  }
  return resolve(path);
}

// While a command runs, `watchOutput` sees to it; what cannot be written after that is nobody's loss.
process.stdout.on("error", () => undefined);
// Notes are no results: a run goes on where they can go nowhere.
process.stderr.on("error", () => undefined);
// An end that nothing below has decided on, such as a promise that never settles, is a failure.
process.exitCode = 1;
void main().then((exitCode) => {
  process.exitCode = exitCode;
});
