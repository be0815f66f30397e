import { spawn } from "node:child_process";
import { StringDecoder } from "node:string_decoder";

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface CommandOptions {
  /** The whole environment of the command; default: our own. */
  readonly env?: Environment;
  readonly cwd?: string;
  /** Ends the command when it fires; the outcome then is `signalled`. */
  readonly signal?: AbortSignal;
  /** Gets each line of standard output and standard error as it comes; carriage returns end lines, too. */
  readonly onLine?: (line: string) => void;
}

/** How a command ended. `output` is the end of standard output and standard error together, as they came. */
export type CommandOutcome =
  | { readonly kind: "exited"; readonly exitCode: number; readonly stdout: string; readonly output: string }
  | { readonly kind: "signalled"; readonly signal: string; readonly stdout: string; readonly output: string }
  | { readonly kind: "unstartable"; readonly reason: string };

/** Runs a command without a shell; never rejects. */
export type RunCommand = (
  command: string,
  args: readonly string[],
  options?: CommandOptions,
) => Promise<CommandOutcome>;

/** The characters of output that an outcome keeps: enough for any error message, bounded for any compiler. */
const keptOutputChars = 65_536;

/** Runs a command as a child process of this one. */
export const runCommand: RunCommand = (command, args, options = {}) =>
  new Promise((settle) => {
    let stdout = "";
    let output = "";
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...(options.env ?? process.env) },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const outLines = lineSplitter((line) => options.onLine?.(line));
    const errorLines = lineSplitter((line) => options.onLine?.(line));
    child.stdout.on("data", (chunk: Buffer) => {
      const text = outLines.write(chunk);
      stdout = (stdout + text).slice(-keptOutputChars);
      output = (output + text).slice(-keptOutputChars);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      output = (output + errorLines.write(chunk)).slice(-keptOutputChars);
    });
    child.on("error", (error) => {
      // An abort also comes here; the `close` that follows the kill settles it.
      if (child.pid === undefined) {
        settle({ kind: "unstartable", reason: error.message });
      }
    });
    child.on("close", (exitCode, signal) => {
      outLines.end();
      errorLines.end();
      if (exitCode === null) {
        settle({ kind: "signalled", signal: signal ?? "unknown", stdout, output });
      } else {
        settle({ kind: "exited", exitCode, stdout, output });
      }
    });
  });

/** Whether a command ran and reported success. */
export function isSuccess(outcome: CommandOutcome): outcome is CommandOutcome & { readonly kind: "exited" } {
  return outcome.kind === "exited" && outcome.exitCode === 0;
}

/** What an outcome says for people: its last lines of output, or why there is none. */
export function explainOutcome(outcome: CommandOutcome, lineCount = 5): string {
  if (outcome.kind === "unstartable") {
    return outcome.reason;
  }
  const lines = outcome.output.split(/[\r\n]+/).filter((line) => line.trim() !== "");
  const tail = lines.slice(-lineCount).join("\n");
  if (outcome.kind === "signalled") {
    return tail === "" ? `ended by ${outcome.signal}` : `${tail}\n(ended by ${outcome.signal})`;
  }
  return tail === "" ? `exit code ${String(outcome.exitCode)} without a word` : tail;
}

interface LineSplitter {
  /** Passes whole lines on and gives back the decoded text. */
  write(chunk: Buffer): string;
  end(): void;
}

function lineSplitter(onLine: (line: string) => void): LineSplitter {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  return {
    write(chunk) {
      const text = decoder.write(chunk);
      const lines = (rest + text).split(/\r\n|\r|\n/);
      rest = lines.pop() ?? "";
      lines.forEach(onLine);
      return text;
    },
    end() {
      if (rest !== "") {
        onLine(rest);
        rest = "";
      }
    },
  };
}
