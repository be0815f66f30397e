import { type Command, Option } from "commander";
import { COMPARE_TOKENIZERS, type CompareTokenizer } from "../protocol/compareMessages.ts";
import { BACKEND_CHOICES } from "../protocol/engineValidators.ts";
import { TRAIN_LIMITS } from "../protocol/trainLimits.ts";
import type { RunCommand } from "./commandContext.ts";
import { type CompareArguments, runCompare } from "./compareCommand.ts";
import { durationValue, integerValue, listValue, numberValue } from "./optionValues.ts";

interface CompareFlags {
  readonly train?: string;
  readonly valid?: string;
  readonly test?: string;
  readonly tokenizer?: CompareTokenizer;
  readonly vocab?: number;
  readonly models?: readonly string[];
  readonly budget?: number;
  readonly epochs?: number;
  readonly config?: string;
  readonly seed?: number;
  readonly backend: CompareArguments["backend"];
  readonly report?: string;
  readonly json: boolean;
}

/** Adds the command that compares models. */
export function addCompare(program: Command, run: RunCommand): void {
  program
    .command("compare")
    .description("train several models on the same text for the same time, and score them")
    .argument("[folder]", "folder to split and compare on; or name --train, --valid and --test")
    .option("--train <file>", "text to learn from, a sentence a line")
    .option("--valid <file>", "text to choose weights by")
    .option("--test <file>", "text to score")
    .addOption(
      new Option("--tokenizer <kind>", "characters, words or byte pairs (default: bpe)").choices([
        ...COMPARE_TOKENIZERS,
      ]),
    )
    .option("--vocab <n>", "pieces in the vocabulary at most", integerValue({ least: 4, most: 65_536 }))
    .option(
      "--models <list>",
      "names such as kn5,kn5+cache,lstm,lstm+kn5 (default: kn5,window,rnn,gru,lstm)",
      listValue((name) => name),
    )
    .option("--budget <time>", "time for each network, such as 60s or 10m (default: 60s)", durationValue)
    .option("--epochs <n>", "passes over the text for each network", numberValue(TRAIN_LIMITS.epochs))
    .option("--config <file>", "JSON with any of these, boundaries and the models' settings")
    .option("--seed <n>", "start of the random numbers (default: 1)", integerValue(TRAIN_LIMITS.seed))
    .addOption(new Option("--backend <name>", "what computes").choices([...BACKEND_CHOICES]).default("auto"))
    .option("--report <file>", "write table, learning curves and samples as HTML")
    .addOption(new Option("--json", "print one JSON object for each model").default(false))
    .action((folder: string | undefined, flags: CompareFlags, command: Command) => {
      const { train, valid, test } = flags;
      const named = [train, valid, test].filter((path) => path !== undefined).length;
      if (folder === undefined ? named !== 3 : named !== 0) {
        command.error("error: name either a folder, or all of --train, --valid and --test");
      }
      return run(flags.json, (context) =>
        runCompare(
          {
            folder: folder ?? null,
            files: train === undefined ? null : { train, valid: valid as string, test: test as string },
            tokenizer: flags.tokenizer ?? null,
            vocabularySize: flags.vocab ?? null,
            models: flags.models ?? null,
            budgetSeconds: flags.budget ?? null,
            epochs: flags.epochs ?? null,
            config: flags.config ?? null,
            seed: flags.seed ?? null,
            backend: flags.backend,
            report: flags.report ?? null,
          },
          context,
        ),
      );
    });
}
