import { type Command, Option } from "commander";
import type { RunCommand } from "./commandContext.ts";
import { runMemoryBench } from "./memoryBench.ts";
import { integerValue } from "./optionValues.ts";

interface MemoryFlags {
  readonly model?: string;
  readonly count?: string;
  readonly file: string;
  readonly requests: number;
  readonly json: boolean;
}

/** Adds `memory` to the commands that measure. */
export function addMemoryBench(bench: Command, run: RunCommand): void {
  bench
    .command("memory")
    .description("type a file again and again, and measure what memory the predictor holds")
    .option("--model <dir>", "directory of a trained model; needed without --count")
    .option("--count <folder>", "folder to count, before typing")
    .requiredOption("--file <path>", "file to type")
    .option("--requests <n>", "keys to type", integerValue({ least: 100, most: 100_000_000 }), 100_000)
    .addOption(new Option("--json", "print one JSON object a line").default(false))
    .action(({ json, model, count, file, requests }: MemoryFlags, command: Command) => {
      if (model === undefined && count === undefined) {
        command.error("error: --model or --count is needed: without them nothing answers");
      }
      return run(json, (context) =>
        runMemoryBench({ model: model ?? null, countFolder: count ?? null, file, requestCount: requests }, context),
      );
    });
}
