import type { LogOutputChannel } from "vscode";
import type { Log } from "../base/ports.ts";

/** A log in the editor's output panel. */
export function createOutputLog(channel: LogOutputChannel): Log {
  return {
    write(level, message) {
      switch (level) {
        case "debug":
          channel.debug(message);
          return;
        case "info":
          channel.info(message);
          return;
        case "warning":
          channel.warn(message);
          return;
        case "error":
          channel.error(message);
      }
    },
  };
}
