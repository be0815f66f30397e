import { type Command, InvalidArgumentError, Option } from "commander";
import { COMPARE_TOKENIZERS, type CompareTokenizer } from "../protocol/compareMessages.ts";
import { BACKEND_CHOICES } from "../protocol/engineValidators.ts";
import {
  DEFAULT_GRADIENT_SIZES,
  GRADIENT_LIMITS,
  GRADIENT_MODELS,
  type GradientJob,
  type GradientModel,
} from "../protocol/gradientMessages.ts";
import { TRAIN_LIMITS } from "../protocol/trainLimits.ts";
import type { RunCommand } from "./commandContext.ts";
import { runContext } from "./contextCommand.ts";
import { runGradients } from "./gradientsCommand.ts";
import { addValue, durationValue, integerValue, listValue } from "./optionValues.ts";
import { runSurprise } from "./surpriseCommand.ts";

/** Adds the commands that look inside models. */
export function addInspect(program: Command, run: RunCommand): void {
  const inspect = program.command("inspect").description("look inside models");
  addGradients(inspect, run);
  addContext(inspect, run);
  addSurprise(inspect, run);
}

interface ContextFlags {
  readonly model: readonly string[];
  readonly folder?: string;
  readonly count: number;
  readonly json: boolean;
}

function addContext(inspect: Command, run: RunCommand): void {
  inspect
    .command("context")
    .description(
      "what one or more models expect at a place in a file, what that rests on, and what they give to what comes",
    )
    .argument("<place>", "FILE:LINE or FILE:LINE:COLUMN, counted from 1; without a column, the end of the line")
    .requiredOption("--model <dir>", "directory of a trained model, of any kind; again for others beside it", addValue)
    .option("--folder <folder>", "folder to count for models that suggest, as the editor does when it opens one")
    .option("--count <k>", "tokens to list", integerValue({ least: 1, most: 1000 }), 10)
    .addOption(new Option("--json", "print one JSON object for each model").default(false))
    .action((place: string, { model, folder, count, json }: ContextFlags) =>
      run(json, (context) => runContext({ place, models: model, countFolder: folder ?? null, count }, context)),
    );
}

interface SurpriseFlags {
  readonly model: string;
  readonly frozen: boolean;
  readonly report?: string;
  readonly json: boolean;
}

function addSurprise(inspect: Command, run: RunCommand): void {
  inspect
    .command("surprise")
    .description("how many bits each token of a file costs a model; their sum is what evaluate says")
    .argument("<file>", "the file")
    .requiredOption("--model <dir>", "directory of a trained model")
    .option("--frozen", "learn nothing from what was scored", false)
    .option("--report <file>", "write the text as HTML, coloured by surprise")
    .addOption(new Option("--json", "print one JSON object for each token, and one for the whole").default(false))
    .action((file: string, { model, frozen, report, json }: SurpriseFlags) =>
      run(json, (context) => runSurprise({ file, model, isFrozen: frozen, report: report ?? null }, context)),
    );
}

interface GradientFlags {
  readonly models: readonly GradientModel[];
  readonly tokenizer: CompareTokenizer;
  readonly window: number;
  readonly hidden: number;
  readonly budget?: number;
  readonly backend: GradientJob["backend"];
  readonly seed: number;
  readonly report?: string;
  readonly json: boolean;
}

function addGradients(inspect: Command, run: RunCommand): void {
  inspect
    .command("gradients")
    .description("how the gradient of one loss fades or grows on its way back through RNN, LSTM and GRU")
    .argument("<path>", "folder or text file")
    .option("--models <list>", "some of rnn,lstm,gru", listValue(modelValue), [...GRADIENT_MODELS])
    .option(
      "--window <n>",
      "tokens that the gradient goes back",
      integerValue(GRADIENT_LIMITS.windowTokens),
      DEFAULT_GRADIENT_SIZES.windowTokens,
    )
    .option(
      "--hidden <n>",
      "size of the hidden state",
      integerValue(GRADIENT_LIMITS.hiddenSize),
      DEFAULT_GRADIENT_SIZES.hiddenSize,
    )
    .option("--budget <time>", "train each network for so long, such as 20s, and look again", durationValue)
    .addOption(
      new Option("--tokenizer <kind>", "characters, words or byte pairs")
        .choices([...COMPARE_TOKENIZERS])
        .default("bpe"),
    )
    .option(
      "--seed <n>",
      "start of the random numbers: weights, and where the window is",
      integerValue(TRAIN_LIMITS.seed),
      1,
    )
    .addOption(new Option("--backend <name>", "what computes").choices([...BACKEND_CHOICES]).default("auto"))
    .option("--report <file>", "write the figures as HTML, with charts")
    .addOption(new Option("--json", "print one JSON object for each network and stage").default(false))
    .action((path: string, flags: GradientFlags) =>
      run(flags.json, (context) =>
        runGradients(
          {
            path,
            models: flags.models,
            tokenizer: flags.tokenizer,
            windowTokens: flags.window,
            hiddenSize: flags.hidden,
            budgetSeconds: flags.budget ?? null,
            backend: flags.backend,
            seed: flags.seed,
            report: flags.report ?? null,
          },
          context,
        ),
      ),
    );
}

function modelValue(name: string): GradientModel {
  const model = GRADIENT_MODELS.find((some) => some === name);
  if (model === undefined) {
    throw new InvalidArgumentError(
      `There is no network called "${name}" here; write some of ${GRADIENT_MODELS.join(", ")}.`,
    );
  }
  return model;
}
