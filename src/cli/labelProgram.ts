import { type Command, Option } from "commander";
import { BACKEND_CHOICES } from "../protocol/engineValidators.ts";
import {
  DEFAULT_LABEL_OPTIONS,
  LABEL_CELLS,
  LABEL_DIRECTIONS,
  LABEL_LIMITS,
  LABEL_POOLINGS,
  LABEL_UNITS,
  type LabelOptions,
  type LabelTask,
} from "../protocol/labelMessages.ts";
import { TRAIN_LIMITS } from "../protocol/trainLimits.ts";
import type { RunCommand } from "./commandContext.ts";
import { runLabelApply, runLabelEvaluate, runLabelTrain, runLanguages } from "./labelCommand.ts";
import { durationValue, integerValue, numberValue } from "./optionValues.ts";

interface LabelFlags {
  readonly cell: LabelOptions["cell"];
  readonly directions: LabelOptions["directions"];
  readonly pooling?: LabelOptions["pooling"];
  readonly units?: LabelOptions["units"];
  readonly embedding: number;
  readonly hidden: number;
  readonly layers: number;
  readonly budget?: number;
  readonly epochs?: number;
  readonly seed: number;
  readonly backend: LabelOptions["backend"];
  readonly json: boolean;
}

interface TrainFlags extends LabelFlags {
  readonly out: string;
  readonly valid?: string;
}

/** Adds the commands of taggers: a label for each token. */
export function addTag(program: Command, run: RunCommand): void {
  const tag = program.command("tag").description("label each token of a sentence with a bidirectional network");
  addTrain(tag, run, { task: "tag", shape: "a token, a tab and its label a line; a blank line ends a sentence" });
  addEvaluate(tag, run, "tag");
  addApply(tag, run, { task: "tag", shape: "a token a line, a blank line between sentences; - for standard input" });
}

/** Adds the commands of classifiers: a label for each text. */
export function addClassify(program: Command, run: RunCommand): void {
  const classify = program.command("classify").description("label whole texts with a bidirectional network");
  addTrain(classify, run, { task: "classify", shape: "a label, a tab and a text a line" });
  addEvaluate(classify, run, "classify");
  addApply(classify, run, {
    task: "classify",
    shape: "a text a line (a blank one has no label); - for standard input",
  });
  addLanguages(classify, run);
}

function addTrain(
  parent: Command,
  run: RunCommand,
  { task, shape }: { readonly task: LabelTask; readonly shape: string },
): void {
  const command = parent
    .command("train")
    .description("train from a tab-separated file")
    .argument("<file>", shape)
    .requiredOption("--out <dir>", "directory for the model: new, empty, or one of an earlier model")
    .option("--valid <file>", "file to choose the weights by (default: a tenth of the first one)");
  addLabelOptions(command, task).action((path: string, flags: TrainFlags) =>
    run(flags.json, (context) =>
      runLabelTrain({ task, path, valid: flags.valid ?? null, out: flags.out, options: optionsOf(flags) }, context),
    ),
  );
}

function addLabelOptions(command: Command, task: LabelTask): Command {
  const { cell, directions, pooling, units, embeddingSize, hiddenSize, layerCount, seed, budgetSeconds } =
    DEFAULT_LABEL_OPTIONS;
  command
    .addOption(new Option("--cell <kind>", "what the layers are made of").choices([...LABEL_CELLS]).default(cell))
    .addOption(
      new Option("--directions <which>", "whether texts are read from both ends or from the beginning only")
        .choices([...LABEL_DIRECTIONS])
        .default(directions),
    )
    .option("--embedding <n>", "width of a unit's vector", integerValue(LABEL_LIMITS.embeddingSize), embeddingSize)
    .option(
      "--hidden <n>",
      "size of the hidden state in each direction",
      integerValue(LABEL_LIMITS.hiddenSize),
      hiddenSize,
    )
    .option("--layers <n>", "layers", integerValue(LABEL_LIMITS.layerCount), layerCount)
    .option(
      "--budget <time>",
      `time to train, such as 60s or 10m (default: ${budgetSeconds ?? 0}s unless --epochs is given)`,
      durationValue,
    )
    .option("--epochs <n>", "passes over the texts", numberValue(TRAIN_LIMITS.epochs))
    .option("--seed <n>", "start of the random numbers", integerValue(TRAIN_LIMITS.seed), seed)
    .addOption(new Option("--backend <name>", "what computes").choices([...BACKEND_CHOICES]).default("auto"))
    .addOption(new Option("--json", "print one JSON object a line").default(false));
  if (task === "classify") {
    command.addOption(
      new Option(
        "--pooling <how>",
        "what a text's label is decided by: the directions' last outputs, their mean or maximum",
      )
        .choices([...LABEL_POOLINGS])
        .default(pooling),
    );
    command.addOption(new Option("--units <kind>", "what a text is read by").choices([...LABEL_UNITS]).default(units));
  }
  return command;
}

function addEvaluate(parent: Command, run: RunCommand, task: LabelTask): void {
  parent
    .command("evaluate")
    .description("say how much of a file with labels is labelled right")
    .argument("<dir>", "directory of the model")
    .argument("<file>", "file as for training")
    .addOption(new Option("--json", "print one JSON object").default(false))
    .action((model: string, path: string, { json }: { json: boolean }) =>
      run(json, (context) => runLabelEvaluate({ task, model, path }, context)),
    );
}

function addApply(
  parent: Command,
  run: RunCommand,
  { task, shape }: { readonly task: LabelTask; readonly shape: string },
): void {
  const command = parent
    .command("apply")
    .description("label what has no labels")
    .argument("<dir>", "directory of the model")
    .argument("<file...>", shape)
    .addOption(
      new Option("--json", `print one JSON object for each ${task === "tag" ? "sentence" : "text"}`).default(false),
    );
  if (task === "classify") {
    command.option("--whole", "take each file as one text; an empty one has no label", false);
  }
  command.action((model: string, paths: readonly string[], { json, whole }: { json: boolean; whole?: boolean }) =>
    run(json, (context) => runLabelApply({ task, model, paths, isWhole: whole === true }, context)),
  );
}

function addLanguages(parent: Command, run: RunCommand): void {
  const command = parent
    .command("languages")
    .description(
      "learn to tell the languages of a folder's files by their text, measure it, and name those without an ending",
    )
    .argument("<folder>", "folder with files of several languages")
    .option("--out <dir>", "keep the model in this directory");
  addLabelOptions(command, "classify").action((folder: string, flags: LabelFlags & { readonly out?: string }) =>
    run(flags.json, (context) => runLanguages({ folder, out: flags.out ?? null, options: optionsOf(flags) }, context)),
  );
}

function optionsOf(flags: LabelFlags): LabelOptions {
  const { cell, directions, embedding, hidden, layers, seed, backend, epochs = null } = flags;
  return {
    ...{ cell, directions, seed, backend, epochs },
    pooling: flags.pooling ?? DEFAULT_LABEL_OPTIONS.pooling,
    units: flags.units ?? DEFAULT_LABEL_OPTIONS.units,
    embeddingSize: embedding,
    hiddenSize: hidden,
    layerCount: layers,
    budgetSeconds: flags.budget ?? (epochs === null ? DEFAULT_LABEL_OPTIONS.budgetSeconds : null),
  };
}
