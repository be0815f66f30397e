import { type Command, Option } from "commander";
import { VOCABULARY_SIZES } from "../tokens/vocabularySizes.ts";
import type { RunCommand } from "./commandContext.ts";
import { integerValue, listValue } from "./optionValues.ts";
import { runWindowsBench } from "./windowsBench.ts";

interface WindowsFlags {
  readonly batch: readonly number[];
  readonly window: readonly number[];
  readonly vocab: number;
  readonly json: boolean;
}

/** Adds `bench windows`. */
export function addWindowsBench(bench: Command, run: RunCommand): void {
  const sizes = listValue(integerValue({ least: 1, most: 1024 }));
  bench
    .command("windows")
    .description(
      "count the distinct pieces that a step of training reads, in folders and as `bench training` draws them",
    )
    .argument("[path...]", "folders", ["."])
    .option("--batch <list>", "lanes", sizes, [32, 64])
    .option("--window <list>", "tokens of a lane that a step reads", sizes, [64, 100])
    .option("--vocab <n>", "pieces in the vocabulary at most", integerValue(VOCABULARY_SIZES.bpe), 2048)
    .addOption(new Option("--json", "print one JSON object").default(false))
    .action((paths: string[], { batch, window, vocab, json }: WindowsFlags) =>
      run(json, (context) =>
        runWindowsBench({ paths, laneCounts: batch, windowTokens: window, vocabularySize: vocab }, context),
      ),
    );
}
