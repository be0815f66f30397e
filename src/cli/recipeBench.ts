import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { readableCount, readableFigure, readableSeconds } from "../base/readableNumbers.ts";
import { LmError } from "../base/errors.ts";
import type { BackendChoice, TrainEvent, TrainJob } from "../protocol/engineMessages.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
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
}

/** What a recipe made of a folder in a time: medians over the rounds. */
export interface RecipeRow {
  readonly folder: string;
  readonly budgetSeconds: number;
  readonly recipe: string;
  /** Of the files held out. */
  readonly bitsPerByte: number;
  /** `bitsPerByte` over that of the first recipe. */
  readonly ratio: number;
  readonly steps: number;
  readonly epochs: number;
  readonly tokensPerSecond: number;
  readonly parameters: number;
}

type Outcome = Omit<RecipeRow, "folder" | "budgetSeconds" | "recipe" | "ratio">;

/** Trains a folder by several recipes for the same seconds, one after the other and round after round, and compares what they know of its held-out files. */
export async function runRecipeBench(given: RecipeBenchArguments, context: CommandContext): Promise<ExitCode> {
  const rows: RecipeRow[] = [];
  for (const folder of given.folders) {
    for (const budgetSeconds of given.budgets) {
      rows.push(...(await compareRecipes({ ...given, folder, budgetSeconds }, context)));
      if (context.signal.aborted) {
        return 1;
      }
    }
  }
  context.terminal.result({ type: "recipes", rows }, describe(rows));
  return 0;
}

interface Comparison extends RecipeBenchArguments {
  readonly folder: string;
  readonly budgetSeconds: number;
}

async function compareRecipes(call: Comparison, context: CommandContext): Promise<readonly RecipeRow[]> {
  const { folder, budgetSeconds, recipes, roundCount } = call;
  const outcomes = new Map<string, Outcome[]>(recipes.map(({ name }) => [name, []]));
  for (let round = 0; round < roundCount; round++) {
    for (const recipe of recipes) {
      const outcome = await train({ ...call, recipe, seed: round + 1 }, context);
      if (outcome === null) {
        return [];
      }
      outcomes.get(recipe.name)?.push(outcome);
      const figure = `${readableFigure(outcome.bitsPerByte)} bits per byte, ${readableCount(outcome.steps)} steps`;
      context.terminal.note(`${basename(folder)}, ${readableSeconds(budgetSeconds)}, ${recipe.name}: ${figure}`);
    }
  }
  const middle = (name: string, figure: keyof Outcome): number =>
    median((outcomes.get(name) ?? []).map((outcome) => outcome[figure]));
  const first = middle(recipes[0]?.name ?? "", "bitsPerByte");
  return recipes.map(({ name }) => ({
    folder: basename(folder),
    budgetSeconds,
    recipe: name,
    bitsPerByte: middle(name, "bitsPerByte"),
    ratio: middle(name, "bitsPerByte") / first,
    steps: middle(name, "steps"),
    epochs: middle(name, "epochs"),
    tokensPerSecond: middle(name, "tokensPerSecond"),
    parameters: middle(name, "parameters"),
  }));
}

/** One training; null where the user stopped it. */
async function train(
  call: Comparison & { readonly recipe: Recipe; readonly seed: number },
  context: CommandContext,
): Promise<Outcome | null> {
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
    return done.stopped === "cancelled" ? null : seen.outcome(call.recipe.name);
  } finally {
    await rm(out, { recursive: true, force: true });
  }
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
  };
}

/** What the events of a run come to. */
class RunWatch {
  #bitsPerByte: number | null = null;
  #steps = 0;
  #epochs = 0;
  #tokens = 0;
  #seconds = 0;
  #parameters = 0;

  public note(event: TrainEvent): void {
    if (event.type === "corpus") {
      this.#parameters = event.parameterCount;
    } else if (event.type === "progress") {
      this.#steps = event.step;
      this.#epochs = event.epoch;
      this.#tokens = event.tokens;
      this.#seconds = event.elapsedSeconds;
    } else if (event.type === "evaluation" && event.isFinal) {
      this.#bitsPerByte = event.bitsPerByte;
    }
  }

  public outcome(name: string): Outcome {
    if (this.#bitsPerByte === null) {
      throw new LmError(
        "badArgument",
        `The recipe ${name} came to no figure: nothing was held out, or it learnt nothing worth keeping. Name a larger folder or give it more time.`,
      );
    }
    return {
      bitsPerByte: this.#bitsPerByte,
      steps: this.#steps,
      epochs: this.#epochs,
      tokensPerSecond: this.#seconds === 0 ? 0 : this.#tokens / this.#seconds,
      parameters: this.#parameters,
    };
  }
}

function describe(rows: readonly RecipeRow[]): string {
  return rows
    .map(
      ({ folder, budgetSeconds, recipe, bitsPerByte, ratio, steps, tokensPerSecond }) =>
        `${folder}  ${readableSeconds(budgetSeconds)}  ${recipe.padEnd(20)} ${readableFigure(bitsPerByte)} bits per byte  × ${ratio.toFixed(3)}  ` +
        `${readableCount(steps)} steps  ${readableCount(Math.round(tokensPerSecond))} tokens/s`,
    )
    .join("\n");
}
