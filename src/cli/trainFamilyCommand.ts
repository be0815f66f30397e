import { LmError } from "../base/errors.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../corpus/corpus.ts";
import { NETWORK_PRESETS } from "../engine/family/networkPresets.ts";
import { DEFAULT_FAMILY_SPEC } from "../models/neural/family/familySpec.ts";
import type { CompareTokenizer } from "../protocol/compareMessages.ts";
import type { TrainFamilyJob } from "../protocol/familyMessages.ts";
import type { GivenSettings } from "../protocol/settingLimits.ts";
import { DEFAULT_RECIPE } from "../training/recipe.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { folderOf } from "./folderTrainJob.ts";
import { DEFAULT_BUDGET_SECONDS, noteBackend, requireFolder } from "./trainCommand.ts";
import { requestTraining } from "./trainPause.ts";
import { describeDone, exitCodeOf, TrainPrinter } from "./trainPrinter.ts";

export interface TrainFamilyArguments {
  readonly folder: string;
  readonly out: string;
  /** Name of a network that suggestions cannot come from. */
  readonly network: string;
  readonly budgetSeconds: number | null;
  readonly epochs: number | null;
  readonly tokenizer: CompareTokenizer | null;
  readonly vocabularySize: number | null;
  readonly hiddenSize: number | null;
  readonly layerCount: number | null;
  readonly backend: TrainFamilyJob["backend"];
  readonly seed: number;
  /** How the parameters are improved, where that is not as its recipe has it. */
  readonly settings: GivenSettings;
}

/** Trains a network that only the engine can run on a folder into a directory; stops early, with the best weights kept, when asked to. */
export async function runTrainFamily(given: TrainFamilyArguments, context: CommandContext): Promise<ExitCode> {
  const { terminal } = context;
  const job = buildJob(given, context);
  await requireFolder(job.folders[0]?.path ?? "", context);
  const printer = new TrainPrinter(terminal);
  const training = requestTraining("trainFamily", job, {
    context,
    onEvent: (event) => {
      printer.print(event);
    },
  });
  const [done] = await Promise.all([training, noteBackend(given.backend, context)]);
  const use =
    done.nothingLearnt === undefined
      ? " It has no suggestions to give, which come from lstm, gru and rnn; `sample` and `evaluate` take it."
      : "";
  terminal.result(done, `${describeDone(done, printer)}${use}`);
  return exitCodeOf(done);
}

function buildJob(given: TrainFamilyArguments, { resolvePath }: CommandContext): TrainFamilyJob {
  const { folder, out, network, budgetSeconds, epochs, tokenizer, vocabularySize, backend, seed } = given;
  const isEndless = budgetSeconds === null && epochs === null;
  return {
    folders: [folderOf(resolvePath(folder))],
    corpus: DEFAULT_CORPUS_SETTINGS,
    out: resolvePath(out),
    network,
    settings: { spec: specOf(given), recipe: recipeOf(given) },
    tokenizer: tokenizer ?? "bpe",
    vocabularySize,
    budgetSeconds: isEndless ? DEFAULT_BUDGET_SECONDS : budgetSeconds,
    ...{ epochs, backend, seed },
  };
}

/** Vectors of tokens that are as wide as the layers stay so: a softmax that is tied to them would else keep the last layer's width. */
function specOf({ network, hiddenSize, layerCount }: TrainFamilyArguments): TrainFamilyJob["settings"]["spec"] {
  const usual = { ...DEFAULT_FAMILY_SPEC, ...NETWORK_PRESETS[network]?.spec };
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
      `${network} is trained by a recipe, which has no ${stranger}; leave it out, or train lstm, gru or rnn with it.`,
    );
  }
  return settings;
}
