import type { CommandContext } from "../../../src/cli/commandContext.ts";
import { Terminal } from "../../../src/cli/terminal.ts";
import { ManualTime } from "../../fakes/manualTime.ts";
import type { MemoryFileStore } from "../../fakes/memoryFileStore.ts";

/** A command's world over files in memory, and the rows that it printed. */
export function createContext(files: MemoryFileStore): {
  readonly context: CommandContext;
  readonly rows: () => unknown[];
} {
  let printed = "";
  const context: Partial<CommandContext> = {
    terminal: new Terminal({
      out: { write: (text) => (printed += text) },
      err: { write: () => undefined },
      isJson: true,
    }),
    files,
    clock: new ManualTime(),
    signal: new AbortController().signal,
    resolvePath: (path) => path,
  };
  return {
    context: context as CommandContext,
    rows: () =>
      printed
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
  };
}
