import type { Writable } from "node:stream";
import type { Log, LogLevel } from "../base/ports.ts";

const MARK = "inkling";

const LEVELS: readonly LogLevel[] = ["debug", "info", "warning", "error"];

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
}

/** A log that writes one marked line an entry, for the process at the other end of `stream` to read with `parseLogLine`. */
export function createStreamLog(stream: Writable): Log {
  return {
    write(level, message) {
      // Line ends inside a message would look like lines of somebody else.
      stream.write(`${MARK} ${level}: ${message.replaceAll("\n", "\\n")}\n`);
    },
  };
}

/** The entry that `createStreamLog` wrote as `line`, or `undefined` for a line of somebody else. */
export function parseLogLine(line: string): LogLine | undefined {
  const [, word, message] = /^inkling (\w+): (.*)$/.exec(line) ?? [];
  const level = LEVELS.find((candidate) => candidate === word);
  return level === undefined || message === undefined ? undefined : { level, message: message.replaceAll("\\n", "\n") };
}
