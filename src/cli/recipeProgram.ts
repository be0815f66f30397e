import { type Command, Option } from "commander";
import type { BackendChoice } from "../protocol/backendDescription.ts";
import { BACKEND_CHOICES } from "../protocol/engineValidators.ts";
import type { RunCommand } from "./commandContext.ts";
import { durationValue, integerValue, listValue } from "./optionValues.ts";
import { runRecipeBench } from "./recipeBench.ts";
import { DEFAULT_RECIPE, KNOWN_RECIPES, type Recipe, recipeValue } from "./recipes.ts";

interface RecipeFlags {
  readonly budget: readonly number[];
  readonly try: readonly Recipe[];
  readonly rounds: number;
  readonly backend: BackendChoice;
  readonly mixed: boolean;
  readonly json: boolean;
}

const addRecipe = (text: string, before: readonly Recipe[]): readonly Recipe[] => [
  ...before,
  KNOWN_RECIPES.find(({ name }) => name === text) ?? recipeValue(text),
];

/** Adds `recipe` to the commands that measure. */
export function addRecipeBench(bench: Command, run: RunCommand): void {
  bench
    .command("recipe")
    .description("train folders in several ways for the same time, and compare what comes of it")
    .argument("<folder...>", "folders to learn from")
    .option("--budget <list>", "times to train, such as 30s,120s,10m", listValue(durationValue), [120])
    .option(
      "--try <recipe>",
      `a recipe beside the default, more than once: name:key=value,… or one of ${KNOWN_RECIPES.map(({ name }) => name).join(", ")}; default: all of these`,
      addRecipe,
      [],
    )
    .option("--rounds <n>", "times that each is tried, with other seeds", integerValue({ least: 1, most: 1000 }), 1)
    .option("--mixed", "score the held-out files with counts and caches as well, as suggestions are made", false)
    .addOption(new Option("--backend <name>", "what computes").choices(BACKEND_CHOICES).default("auto"))
    .addOption(new Option("--json", "print one JSON object").default(false))
    .action(
      (
        folders: string[],
        { json, mixed: isMixed, budget, try: tried, rounds, backend }: RecipeFlags,
        command: Command,
      ) => {
        const named = tried.filter(({ name }) => name !== DEFAULT_RECIPE.name);
        const recipes = tried.length === 0 ? KNOWN_RECIPES : [DEFAULT_RECIPE, ...named];
        const twice = recipes.find(({ name }, index) => recipes.findIndex((other) => other.name === name) !== index);
        if (twice !== undefined) {
          command.error(`error: two recipes are called ${twice.name}: give each a name of its own`);
        }
        return run(json, (context) =>
          runRecipeBench({ folders, budgets: budget, recipes, roundCount: rounds, backend, isMixed }, context),
        );
      },
    );
}
