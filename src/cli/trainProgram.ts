import { type Command, Option } from "commander";
import { FAMILY_LIMITS } from "../models/neural/family/familySpec.ts";
import { COMPARE_TOKENIZERS, type CompareTokenizer } from "../protocol/compareMessages.ts";
import { CELL_CHOICES } from "../protocol/engineMessages.ts";
import { BACKEND_CHOICES } from "../protocol/engineValidators.ts";
import { type GivenSettings, SETTING_NAMES } from "../protocol/settingLimits.ts";
import { TRAIN_LIMITS } from "../protocol/trainLimits.ts";
import { requireVocabularySize } from "../tokens/vocabularySizes.ts";
import type { CommandContext, ExitCode, RunCommand } from "./commandContext.ts";
import {
  addSetting,
  cellOf,
  durationValue,
  FAMILY_NETWORKS,
  integerValue,
  networkValue,
  numberValue,
} from "./optionValues.ts";
import { DEFAULT_BUDGET_SECONDS, runTrain, type TrainArguments } from "./trainCommand.ts";
import { runTrainFamily } from "./trainFamilyCommand.ts";

const DEFAULT_SEED = 1;
const HIDDEN_FLAG = "--hidden <n>";
const LAYERS_FLAG = "--layers <n>";

interface TrainFlags {
  readonly out: string;
  readonly budget?: number;
  readonly epochs?: number;
  /** A cell, or another network of the family. */
  readonly model?: string;
  readonly tokenizer?: CompareTokenizer;
  readonly vocab?: number;
  readonly hidden?: number;
  readonly layers?: number;
  readonly backend: "auto" | "tensorflow" | "portable";
  readonly seed?: number;
  readonly config?: string;
  readonly matches: boolean;
  readonly resume: boolean;
  readonly set: GivenSettings;
  readonly background: boolean;
  readonly profile: boolean;
  readonly json: boolean;
}

/** Adds the command that trains a model. */
export function addTrain(program: Command, run: RunCommand): void {
  program
    .command("train")
    .description("train a model on a folder")
    .argument("<folder>", "folder to learn from")
    .requiredOption("--out <dir>", "directory for the model: new, empty, or one of an earlier model")
    .option(
      "--budget <time>",
      `time to train, such as 120s, 10m or 1h (default: ${DEFAULT_BUDGET_SECONDS}s unless --epochs is given)`,
      durationValue,
    )
    .option("--epochs <n>", "passes over the files", numberValue(TRAIN_LIMITS.epochs))
    .option(
      "--model <name>",
      `network: ${CELL_CHOICES.join(", ")}, which can suggest (default: lstm), or ${FAMILY_NETWORKS.join(", ")}, for sample and evaluate`,
      networkValue,
    )
    .addOption(
      new Option(
        "--tokenizer <kind>",
        "characters, byte pairs, or words, of which nothing suggests (default: bpe)",
      ).choices([...COMPARE_TOKENIZERS]),
    )
    .option(
      "--vocab <n>",
      "pieces in the vocabulary at most",
      integerValue({ least: 1, most: Number.MAX_SAFE_INTEGER }),
    )
    .option(HIDDEN_FLAG, "size of the hidden state", integerValue({ least: 1, most: Number.MAX_SAFE_INTEGER }))
    .option(LAYERS_FLAG, "layers of the network", integerValue({ least: 1, most: Number.MAX_SAFE_INTEGER }))
    .addOption(new Option("--backend <name>", "what computes").choices([...BACKEND_CHOICES]).default("auto"))
    .option("--seed <n>", `start of the random numbers (default: ${DEFAULT_SEED})`, integerValue(TRAIN_LIMITS.seed))
    .option(
      "--config <file>",
      "JSON as compare takes it, with the model's settings; what is trained so does not suggest",
    )
    .option(
      "--resume",
      "go on with the model in the directory: a run that was stopped with what is left of the budget or epochs given, one that had come to its end with all of it",
      false,
    )
    .option(
      "--set <name=value>",
      `a setting of the training, more than once: ${SETTING_NAMES.join(", ")}`,
      addSetting,
      {},
    )
    .option("--no-matches", "an LSTM that does not read what followed the last match in the document")
    .option("--background", "take half of the processors, and those only while nothing else wants them", false)
    .option("--profile", "say at the end what the steps took of time, processors and memory", false)
    .addOption(new Option("--json", "print one JSON object a line").default(false))
    .action((folder: string, flags: TrainFlags, command: Command) => {
      refuseBadTraining(flags, command);
      return run(flags.json, trainingOf(folder, flags), flags.background ? "background" : "fullSpeed");
    });
}

/** The training that was asked for: of a network that can suggest, or of one that only the engine can run. */
function trainingOf(folder: string, flags: TrainFlags): (context: CommandContext) => Promise<ExitCode> {
  const { model, tokenizer = null, config = null, seed = null, resume: isResume, profile: isProfiled } = flags;
  const given = trainArguments(folder, flags);
  const cell = cellOf(model ?? "lstm");
  if (cell === undefined || tokenizer === "word" || config !== null) {
    return (context) => runTrainFamily({ ...given, network: model ?? "lstm", tokenizer, config, seed }, context);
  }
  const named = model === undefined ? {} : { cell };
  const matches = flags.matches ? {} : { readsMatches: false };
  const usual = { ...given, ...named, ...matches, tokenizer, seed: seed ?? DEFAULT_SEED, isResume };
  return (context) => runTrain(usual, context, { isProfiled });
}

function trainArguments(
  folder: string,
  flags: TrainFlags,
): Omit<TrainArguments, "tokenizer" | "isResume" | "cell" | "seed"> {
  return {
    folder,
    out: flags.out,
    budgetSeconds: flags.budget ?? null,
    epochs: flags.epochs ?? null,
    vocabularySize: flags.vocab ?? null,
    hiddenSize: flags.hidden ?? null,
    layerCount: flags.layers ?? null,
    backend: flags.backend,
    settings: flags.set,
  };
}

/** What options say together, which no parser of one option knows. */
function refuseBadTraining(flags: TrainFlags, command: Command): void {
  const { model = "lstm", tokenizer, config, resume, profile } = flags;
  const how = `${tokenizer === "word" ? " of words" : ""}${config === undefined ? "" : " with --config"}`;
  const isFamily = cellOf(model) === undefined || how !== "";
  if (isFamily && (resume || profile)) {
    const option = resume ? "--resume" : "--profile";
    command.error(
      `error: ${option} is for lstm, gru and rnn that can suggest; ${model}${how} is trained in one go by its recipe: leave ${option} out${resume ? ", and give it a longer --budget" : ""}`,
    );
  }
  const { hiddenSize, layerCount } = isFamily ? FAMILY_LIMITS : TRAIN_LIMITS;
  for (const [flag, value, { least, most }] of [
    [HIDDEN_FLAG, flags.hidden, hiddenSize],
    [LAYERS_FLAG, flags.layers, layerCount],
  ] as const) {
    if (value !== undefined && value > most) {
      command.error(
        `error: option '${flag}' argument '${value}' is invalid. For ${model}${how} write a whole number from ${least} to ${most}.`,
      );
    }
  }
  if (!flags.matches && (cellOf(model) !== "lstm" || how !== "")) {
    command.error(
      `error: --no-matches is for an lstm that can suggest; ${model}${how} reads none anyway: leave it out`,
    );
  }
  refuseBadVocabulary(flags, command);
}

/** The marks, an unknown word and one more at least; ids are kept in 16 bits. */
const WORDS = { least: 4, most: 65_535 };

/** The range depends on another option, so no parser of one option knows it. On resuming, the model keeps its vocabulary. */
function refuseBadVocabulary({ vocab, tokenizer, config, resume }: TrainFlags, command: Command): void {
  // A configuration may name the tokenizer.
  if (vocab === undefined || resume || (tokenizer === undefined && config !== undefined)) {
    return;
  }
  if (tokenizer === "word") {
    if (vocab < WORDS.least || vocab > WORDS.most) {
      command.error(
        `error: a vocabulary of words may have from ${WORDS.least} to ${WORDS.most}; name a size in that range`,
      );
    }
    return;
  }
  try {
    requireVocabularySize(tokenizer ?? "bpe", vocab);
  } catch (error) {
    command.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  }
}
