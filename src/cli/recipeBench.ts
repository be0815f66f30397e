import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { readableCount, readableFigure, readableSeconds } from "../base/readableNumbers.ts";
import { encodeDocuments } from "../batches/tokenStream.ts";
import { checkpointError, openCheckpointStore } from "../checkpoints/checkpointStore.ts";
import { heldOutWhole } from "../engine/heldOutText.ts";
import { bitsPerByteOf } from "../evaluation/tally.ts";
import { sha256 } from "../node/sha256.ts";
import { restoreVocabulary } from "../tokens/restoreVocabulary.ts";
import { placeDocuments, readTrainedCorpus, scoreMixture } from "./scoreHeldOut.ts";
import type { BackendChoice, BackendName } from "../protocol/backendDescription.ts";
import type { TrainEvent, TrainJob } from "../protocol/engineMessages.ts";
import { type CommandContext, type ExitCode, INTERRUPTED } from "./commandContext.ts";
import { folderTrainJob } from "./folderTrainJob.ts";
import { median } from "./median.ts";
import type { Recipe } from "./recipes.ts";

export interface RecipeBenchArguments {
  readonly folders: readonly string[];
  readonly budgets: readonly number[];
  /** The first is what the others are compared with. */
  readonly recipes: readonly Recipe[];
  /** Times that every recipe is tried, each time with another seed. */
  readonly roundCount: number;
  readonly backend: BackendChoice;
  /** Whether the held-out files are scored with counts and caches too, which takes minutes where they are large. */
  readonly isMixed: boolean;
}

/** What a recipe made of a folder in a time: medians over the rounds. */
export interface RecipeRow {
  readonly folder: string;
  readonly budgetSeconds: number;
  readonly recipe: string;
  /** Of the files held out, by the network alone. */
  readonly bitsPerByte: number;
  /** That the figures are over: all that is held out, or an even selection of its files, the same for all recipes. */
  readonly bytes: number;
  /** By the network with counts of the other files and caches, as suggestions are made; null unless it was asked for. */
  readonly mixedBitsPerByte: number | null;
  /** `bitsPerByte` over that of the first recipe; null where that came to nothing. */
  readonly ratio: number | null;
  readonly steps: number;
  readonly epochs: number;
  readonly tokensPerSecond: number;
  readonly parameters: number;
  /** Most that the engine held of the machine's memory, which has what the trainings before it left, and by how much what it held grew from the end of the run's first tenth to its end. */
  readonly residentBytes: number;
  readonly grownBytes: number;
  /** What computed. */
  readonly backend: BackendName;
}

/** How well a model that was trained knows the files held out from it. */
export type HeldOutFigures = Pick<RecipeRow, "bitsPerByte" | "bytes" | "mixedBitsPerByte">;
type RunFigures = Pick<
  RecipeRow,
  "steps" | "epochs" | "tokensPerSecond" | "parameters" | "residentBytes" | "grownBytes"
>;
type Outcome = HeldOutFigures & RunFigures & Pick<RecipeRow, "backend">;

/** A model to be scored. */
export interface ScoreCall {
  readonly folder: string;
  /** Directory of the model. */
  readonly model: string;
  readonly isMixed: boolean;
}

/** Trains a folder by several recipes for the same seconds, one after the other and round after round, and compares what they know of its held-out files. */
export async function runRecipeBench(
  given: RecipeBenchArguments,
  context: CommandContext,
  score: (call: ScoreCall, context: CommandContext) => Promise<HeldOutFigures> = scoreModel,
): Promise<ExitCode> {
  const rows: RecipeRow[] = [];
  let exitCode: ExitCode = 0;
  try {
    for (const [folder, budgetSeconds] of comparisonsOf(given)) {
      const outcomes: Outcomes = new Map();
      const call = { ...given, folder, budgetSeconds, score };
      try {
        exitCode = Math.max(exitCode, await compareRecipes(call, outcomes, context)) as ExitCode;
      } finally {
        rows.push(...rowsOf(outcomes, call));
      }
      if (exitCode === INTERRUPTED) {
        break;
      }
    }
  } finally {
    if (exitCode === INTERRUPTED || exitCode === 0 || rows.length > 0) {
      context.terminal.result({ type: "recipes", rows }, describe(rows));
    }
  }
  return exitCode;
}

/** By recipe, of all rounds. */
type Outcomes = Map<string, Outcome[]>;

function comparisonsOf({ folders, budgets }: RecipeBenchArguments): readonly (readonly [string, number])[] {
  return folders.flatMap((folder) => budgets.map((seconds) => [folder, seconds] as const));
}

interface Comparison extends RecipeBenchArguments {
  readonly folder: string;
  readonly budgetSeconds: number;
  readonly score: (call: ScoreCall, context: CommandContext) => Promise<HeldOutFigures>;
}

/** Adds to `outcomes` what comes of the recipes, until the user stops it; one that comes to nothing is left out, and said. */
async function compareRecipes(call: Comparison, outcomes: Outcomes, context: CommandContext): Promise<ExitCode> {
  const { folder, budgetSeconds, recipes, roundCount } = call;
  let exitCode: ExitCode = 0;
  for (let round = 0; round < roundCount; round++) {
    for (const recipe of recipes) {
      const outcome = await train({ ...call, recipe, seed: round + 1 }, context);
      if (outcome === "cancelled") {
        return INTERRUPTED;
      }
      if (outcome === "nothing") {
        exitCode = 1;
        continue;
      }
      outcomes.set(recipe.name, [...(outcomes.get(recipe.name) ?? []), outcome]);
      const figure = `${describeFigure(outcome)}, ${readableCount(outcome.steps)} steps`;
      context.terminal.note(`${basename(folder)}, ${readableSeconds(budgetSeconds)}, ${recipe.name}: ${figure}`);
    }
  }
  return exitCode;
}

/** In the order of the recipes, those that came to something. */
function rowsOf(outcomes: Outcomes, { folder, budgetSeconds, isMixed, recipes }: Comparison): readonly RecipeRow[] {
  const names = recipes.map(({ name }) => name).filter((name) => outcomes.has(name));
  const middle = (name: string, figure: Exclude<keyof Outcome, "mixedBitsPerByte" | "backend">): number =>
    median((outcomes.get(name) ?? []).map((outcome) => outcome[figure]));
  const [first] = recipes;
  const isComparable = first !== undefined && outcomes.has(first.name);
  return names.map((name) => ({
    folder: basename(folder),
    budgetSeconds,
    recipe: name,
    bitsPerByte: middle(name, "bitsPerByte"),
    bytes: middle(name, "bytes"),
    mixedBitsPerByte: isMixed
      ? median((outcomes.get(name) ?? []).map(({ mixedBitsPerByte }) => mixedBitsPerByte ?? Number.NaN))
      : null,
    ratio: isComparable ? middle(name, "bitsPerByte") / middle(first.name, "bitsPerByte") : null,
    steps: middle(name, "steps"),
    epochs: middle(name, "epochs"),
    tokensPerSecond: middle(name, "tokensPerSecond"),
    parameters: middle(name, "parameters"),
    residentBytes: middle(name, "residentBytes"),
    grownBytes: middle(name, "grownBytes"),
    backend: outcomes.get(name)?.[0]?.backend as BackendName,
  }));
}

/** One training, unless the user stops it or it comes to nothing, which is said. */
async function train(
  call: Comparison & { readonly recipe: Recipe; readonly seed: number },
  context: CommandContext,
): Promise<Outcome | "cancelled" | "nothing"> {
  const out = await mkdtemp(join(tmpdir(), "inkling-recipe-"));
  try {
    const seen = new RunWatch();
    const job = folderTrainJob({ folder: call.folder, out, options: optionsOf(call) }, context);
    const done = await context.engine.request("train", job, {
      signal: context.signal,
      onEvent: (event) => {
        seen.note(event);
      },
    });
    if (done.stopped === "cancelled" || context.signal.aborted) {
      return "cancelled";
    }
    const figures = seen.figures();
    if (figures === null) {
      const reason = done.nothingLearnt ?? "Nothing was held out: name a larger folder.";
      context.terminal.note(`${basename(call.folder)}, ${call.recipe.name} came to no figure. ${reason}`);
      return "nothing";
    }
    const { folder, isMixed } = call;
    return { ...figures, backend: done.backend, ...(await call.score({ folder, model: out, isMixed }, context)) };
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

/**
 * Scores a model anew: the last figure of a training is over as much as its budget had time for, which is not the same for all recipes.
 * Throws `LmError` where there is no model.
 */
async function scoreModel({ folder, model, isMixed }: ScoreCall, context: CommandContext): Promise<HeldOutFigures> {
  const read = await openCheckpointStore(model, context.files, sha256).read();
  if (read.kind !== "checkpoint") {
    throw checkpointError(read);
  }
  const { checkpoint } = read;
  const corpus = await readTrainedCorpus(context.resolvePath(folder), { checkpoint, context });
  const vocabulary = restoreVocabulary(checkpoint.vocabulary);
  const heldOut = heldOutWhole(corpus.validation, vocabulary);
  if (heldOut === null) {
    throw new TypeError("Expected a model with a figure to have held-out files");
  }
  const documents = {
    training: isMixed
      ? placeDocuments(
          encodeDocuments(
            corpus.training.map(({ text }) => text),
            vocabulary,
          ),
          corpus.training,
        )
      : null,
    heldOut: placeDocuments(
      heldOut.stream,
      heldOut.paths.map((path) => ({ path })),
    ),
  };
  const { startId } = vocabulary;
  const { bytes } = heldOut.stream;
  const scoring = { documents, startId, bytes, weights: null, adaptations: [], context };
  // A gate that was fitted is fitted to these very files.
  const { experts, tokens, nats } = await scoreMixture({ ...checkpoint, gate: null }, scoring);
  // Of characters that are not in the vocabulary the bytes are left out, as in a training's own figures.
  const bitsPerByte = (sum: number): number => bitsPerByteOf({ tokens, bytes, nats: sum });
  return { bitsPerByte: bitsPerByte(experts.lstm.nats), bytes, mixedBitsPerByte: isMixed ? bitsPerByte(nats) : null };
}

function optionsOf({
  budgetSeconds,
  backend,
  recipe,
  seed,
}: Comparison & { readonly recipe: Recipe; readonly seed: number }): TrainJob["options"] {
  return {
    budgetSeconds,
    epochs: null,
    tokenizer: recipe.tokenizer ?? null,
    vocabularySize: recipe.vocabularySize ?? null,
    hiddenSize: recipe.hiddenSize ?? null,
    layerCount: recipe.layerCount ?? null,
    backend,
    seed,
    isResume: false,
    settings: recipe.settings,
    ...(recipe.readsMatches === undefined ? {} : { readsMatches: recipe.readsMatches }),
  };
}

/** What the events of a run come to. */
class RunWatch {
  #isScored = false;
  #steps = 0;
  #epochs = 0;
  #tokens = 0;
  #seconds = 0;
  #parameters = 0;
  #residentBytes = 0;
  /** At the end of the first tenth, when everything has its place. */
  #settledBytes: number | null = null;
  #lastBytes = 0;

  public note(event: TrainEvent): void {
    if (event.type === "corpus") {
      this.#parameters = event.parameterCount;
    } else if (event.type === "progress") {
      this.#steps = event.step;
      this.#epochs = event.epoch;
      this.#tokens = event.tokens;
      this.#seconds = event.elapsedSeconds;
      this.#noteMemory(event.fraction, event.usage?.residentBytes);
    } else if (event.type === "evaluation" && event.isFinal) {
      this.#isScored = true;
    }
  }

  /** Null where the training came to no figure. */
  public figures(): RunFigures | null {
    if (!this.#isScored) {
      return null;
    }
    return {
      steps: this.#steps,
      epochs: this.#epochs,
      tokensPerSecond: this.#seconds === 0 ? 0 : this.#tokens / this.#seconds,
      parameters: this.#parameters,
      residentBytes: this.#residentBytes,
      grownBytes: this.#settledBytes === null ? 0 : this.#lastBytes - this.#settledBytes,
    };
  }

  #noteMemory(fraction: number, bytes: number | undefined): void {
    if (bytes === undefined) {
      return;
    }
    this.#residentBytes = Math.max(this.#residentBytes, bytes);
    this.#settledBytes ??= fraction >= 0.1 ? bytes : null;
    this.#lastBytes = bytes;
  }
}

function describe(rows: readonly RecipeRow[]): string {
  return rows
    .map(
      ({ folder, budgetSeconds, recipe, ratio, steps, tokensPerSecond, backend, ...figures }) =>
        `${folder}  ${readableSeconds(budgetSeconds)}  ${recipe.padEnd(20)} ${describeFigure(figures)}  × ${ratio?.toFixed(3) ?? "—"}  ` +
        `${readableCount(steps)} steps  ${readableCount(Math.round(tokensPerSecond))} tokens/s  ${backend}`,
    )
    .join("\n");
}

function describeFigure({
  bitsPerByte,
  mixedBitsPerByte,
}: Pick<RecipeRow, "bitsPerByte" | "mixedBitsPerByte">): string {
  const mixed = mixedBitsPerByte === null ? "" : ` (${readableFigure(mixedBitsPerByte)} with counts and caches)`;
  return `${readableFigure(bitsPerByte)} bits per byte${mixed}`;
}
