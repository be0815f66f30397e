import { LmError } from "../base/errors.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../corpus/corpus.ts";
import { NETWORK_PRESETS, requireNetworks } from "../engine/family/networkPresets.ts";
import { DEFAULT_FAMILY_SPEC } from "../models/neural/family/familySpec.ts";
import type { CompareTokenizer, ModelSettings } from "../protocol/compareMessages.ts";
import type { TrainFamilyJob } from "../protocol/familyMessages.ts";
import type { GivenSettings } from "../protocol/settingLimits.ts";
import { DEFAULT_RECIPE } from "../training/recipe.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { type ComparisonConfig, endOf, readComparisonConfig } from "./comparisonConfig.ts";
import { folderOf } from "./folderTrainJob.ts";
import { cellOf } from "./optionValues.ts";
import { DEFAULT_BUDGET_SECONDS, noteBackend, requireFolder } from "./trainCommand.ts";
import { requestTraining } from "./trainPause.ts";
import { describeDone, exitCodeOf, TrainPrinter } from "./trainPrinter.ts";

export interface TrainFamilyArguments {
  readonly folder: string;
  readonly out: string;
  /** Name of a network of the family; a cell that could suggest is trained here where it is to be what cannot. */
  readonly network: string;
  readonly budgetSeconds: number | null;
  readonly epochs: number | null;
  readonly tokenizer: CompareTokenizer | null;
  readonly vocabularySize: number | null;
  readonly hiddenSize: number | null;
  readonly layerCount: number | null;
  readonly backend: TrainFamilyJob["backend"];
  readonly seed: number | null;
  /** How the parameters are improved, where that is not as the configuration or its recipe has it. */
  readonly settings: GivenSettings;
  /** Path of a file as `compare` takes it, which says what is not said here; null for none. */
  readonly config: string | null;
}

/** Trains a network that only the engine can run on a folder into a directory; stops early, with the best weights kept, when asked to. */
export async function runTrainFamily(given: TrainFamilyArguments, context: CommandContext): Promise<ExitCode> {
  const { terminal } = context;
  const job = await createJob(given, context);
  await requireFolder(job.folders[0]?.path ?? "", context);
  const isCell = cellOf(given.network) !== undefined;
  if (isCell) {
    terminal.note(cellNotice(given, job));
  }
  const printer = new TrainPrinter(terminal);
  const training = requestTraining("trainFamily", job, {
    context,
    onEvent: (event) => {
      printer.print(event);
    },
  });
  const [done] = await Promise.all([training, noteBackend(given.backend, context)]);
  const limits = isCell ? "" : " It has no suggestions to give, which come from lstm, gru and rnn.";
  const use = done.nothingLearnt === undefined ? `${limits} \`sample\` and \`evaluate\` take it.` : "";
  terminal.result(done, `${describeDone(done, printer)}${use}`);
  return exitCodeOf(done);
}

/** Why a cell that could suggest does not here. */
function cellNotice({ network, config }: TrainFamilyArguments, { tokenizer }: TrainFamilyJob): string {
  return tokenizer === "word"
    ? `${network} of words does not suggest in the editor, which completes words letter by letter; for that, train it with --tokenizer bpe or char${config === null ? "" : " and without --config"}.`
    : `${network} with a configuration is trained as \`compare\` trains it and does not suggest in the editor; for that, train it without --config.`;
}

async function createJob(given: TrainFamilyArguments, context: CommandContext): Promise<TrainFamilyJob> {
  const { resolvePath } = context;
  const { folder, out, network, vocabularySize, backend } = given;
  const config = await readComparisonConfig(given.config, context);
  const settings = settingsIn(config, given);
  return {
    folders: [folderOf(resolvePath(folder))],
    corpus: DEFAULT_CORPUS_SETTINGS,
    out: resolvePath(out),
    network,
    settings: {
      spec: { ...settings.spec, ...sizesOf(given, settings.spec) },
      recipe: { ...settings.recipe, ...recipeOf(given) },
    },
    tokenizer: given.tokenizer ?? config.tokenizer ?? "bpe",
    vocabularySize: vocabularySize ?? config.vocabularySize ?? null,
    ...endOf(given, { config, defaultSeconds: DEFAULT_BUDGET_SECONDS }),
    ...{ backend, seed: given.seed ?? config.seed ?? 1 },
  };
}

/** What a configuration has for the network. A folder is documents, which have boundaries. */
function settingsIn(
  { settings = {}, boundaries = true }: ComparisonConfig,
  { network, config }: TrainFamilyArguments,
): ModelSettings {
  requireNetworks(settings);
  const named = Object.keys(settings);
  if (named.length > 0 && !named.includes(network)) {
    throw new LmError(
      "badArgument",
      `The configuration ${config} has settings for ${named.join(", ")} and none for ${network}; name one of them with --model, or add those of ${network}.`,
    );
  }
  if (!boundaries) {
    throw new LmError(
      "badArgument",
      `"boundaries" cannot be false for the documents of a folder, which have nothing to do with each other; leave it out of ${config}.`,
    );
  }
  return settings[network] ?? { spec: {}, recipe: {} };
}

/** Sizes that were asked for. Vectors of tokens that are as wide as the layers stay so: a softmax that is tied to them would else keep the last layer's width. */
function sizesOf(
  { network, hiddenSize, layerCount }: TrainFamilyArguments,
  configured: ModelSettings["spec"],
): ModelSettings["spec"] {
  const usual = { ...DEFAULT_FAMILY_SPEC, ...NETWORK_PRESETS[network]?.spec, ...configured };
  const isWide = usual.embeddingSize === usual.hiddenSize;
  return {
    ...(hiddenSize === null ? {} : { hiddenSize, ...(isWide ? { embeddingSize: hiddenSize } : {}) }),
    ...(layerCount === null ? {} : { layerCount }),
  };
}

function recipeOf({ network, settings }: TrainFamilyArguments): GivenSettings {
  const stranger = Object.keys(settings).find((name) => !Object.hasOwn(DEFAULT_RECIPE, name));
  if (stranger !== undefined) {
    throw new LmError(
      "badArgument",
      `${network} is trained by a recipe, which has no ${stranger}; leave it out, or train an lstm, gru or rnn that can suggest with it.`,
    );
  }
  return settings;
}
