import { type Command, Option } from "commander";
import { SMOOTHING_NAMES, type SmoothingName } from "../models/counting/smoothing.ts";
import { DEFAULT_BPE_VOCABULARY_SIZE } from "../tokens/trainBpe.ts";
import { VOCABULARY_SIZES } from "../tokens/vocabularySizes.ts";
import type { RunCommand } from "./commandContext.ts";
import { runCountsBench } from "./countsBench.ts";
import { runCountSizesBench } from "./countSizesBench.ts";
import { integerValue, listValue } from "./optionValues.ts";

interface CountsFlags {
  readonly order: number;
  readonly smoothing?: SmoothingName;
  readonly vocab: number;
  readonly unbounded: boolean;
  readonly sizes?: readonly number[];
  readonly scratch?: string;
  readonly json: boolean;
}

/** Adds `bench counts`. */
export function addCountsBench(bench: Command, run: RunCommand): void {
  bench
    .command("counts")
    .description("count the training files of folders and score their validation files")
    .argument("[path...]", "folders to learn from", ["."])
    .option("--order <n>", "tokens of an n-gram, the predicted one included", integerValue({ least: 1, most: 255 }), 6)
    .addOption(new Option("--smoothing <name>", "one of them (default: all)").choices([...SMOOTHING_NAMES]))
    .option(
      "--vocab <n>",
      "pieces in the vocabulary at most",
      integerValue(VOCABULARY_SIZES.bpe),
      DEFAULT_BPE_VOCABULARY_SIZE,
    )
    .option("--unbounded", "ask the longest context that ever occurred first", false)
    .option(
      "--sizes <n,n,…>",
      "count so many million bytes of all folders together, and time that",
      listValue(integerValue({ least: 1, most: 10_000 })),
    )
    .option("--scratch <dir>", "with --sizes: directory for an index, to time restarts as well")
    .addOption(new Option("--json", "print one JSON object a line").default(false))
    .action((paths: string[], flags: CountsFlags, command: Command) => {
      const { json, order, smoothing = null, vocab: vocabularySize, unbounded, sizes, scratch = null } = flags;
      if (scratch !== null && sizes === undefined) {
        command.error("error: --scratch is for --sizes");
      }
      return run(json, (context) =>
        sizes === undefined
          ? runCountsBench({ paths, order, smoothing, vocabularySize, isUnbounded: unbounded }, context)
          : runCountSizesBench({ paths, sizes, order, vocabularySize, scratch }, context),
      );
    });
}
