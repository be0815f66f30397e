import { InvalidArgumentError } from "commander";
import { type GivenSettings, SETTING_NAMES } from "../protocol/settingLimits.ts";
import { TRAIN_LIMITS } from "../protocol/trainLimits.ts";
import { addSetting, integerValue } from "./optionValues.ts";

/** A way to train; what is not there is as by default. */
export interface Recipe {
  readonly name: string;
  readonly tokenizer?: "char" | "bpe";
  readonly vocabularySize?: number;
  readonly hiddenSize?: number;
  readonly layerCount?: number;
  readonly readsMatches?: boolean;
  readonly settings: GivenSettings;
}

/** As people meet it. */
export const DEFAULT_RECIPE: Recipe = { name: "default", settings: {} };

/**
 * What Karpathy's char-rnn (2015) does unless it is told otherwise. Its RMSProp is Adam with β₁ = 0, but for the
 * correction of the first few dozen updates; it clips elements at 5 where this clips the norm at 5, and lowers the rate after ten passes, which
 * no text of a workspace sees in minutes.
 */
const CHAR_RNN: Recipe = {
  name: "charRnn",
  tokenizer: "char",
  hiddenSize: 128,
  layerCount: 2,
  readsMatches: false,
  settings: {
    laneCount: 50,
    windowTokens: 50,
    learningRate: 2e-3,
    finalRateShare: 1,
    warmUpShare: 0,
    beta1: 0,
    beta2: 0.95,
    weightDecay: 0,
    maxDropout: 0,
    softmaxShare: 1,
    maxTemperature: 1,
    clipNorm: 5,
  },
};

/** What the defaults were chosen among (`docs/benchmarks.md`), and what they are to beat. */
export const KNOWN_RECIPES: readonly Recipe[] = [
  DEFAULT_RECIPE,
  { name: "noMatches", readsMatches: false, settings: {} },
  { name: "narrow", hiddenSize: 192, settings: {} },
  { name: "wide", hiddenSize: 384, settings: {} },
  { name: "twoLayers", layerCount: 2, settings: {} },
  { name: "512pieces", vocabularySize: 512, settings: {} },
  { name: "2048pieces", vocabularySize: 2048, settings: {} },
  { name: "characters", tokenizer: "char", settings: {} },
  { name: "16lanes", settings: { laneCount: 16 } },
  { name: "64lanes", settings: { laneCount: 64 } },
  { name: "window32", settings: { windowTokens: 32 } },
  { name: "window128", settings: { windowTokens: 128 } },
  { name: "halfRate", settings: { learningRate: 0.01 } },
  { name: "doubleRate", settings: { learningRate: 0.04 } },
  { name: "noAnnealing", settings: { finalRateShare: 1 } },
  { name: "beta1of8", settings: { beta1: 0.8 } },
  { name: "beta2of999", settings: { beta2: 0.999 } },
  { name: "clip5", settings: { clipNorm: 5 } },
  { name: "noDropout", settings: { maxDropout: 0 } },
  { name: "moreDropout", settings: { maxDropout: 0.5 } },
  { name: "wholeSoftmax", settings: { softmaxShare: 1 } },
  { name: "averaged995", settings: { averageDecay: 0.995 } },
  { name: "newestFirst", settings: { dateOrder: 1 } },
  { name: "newestLast", settings: { dateOrder: 2 } },
  { name: "noTemperature", settings: { maxTemperature: 1 } },
  { name: "noDecay", settings: { weightDecay: 0 } },
  CHAR_RNN,
];

const KEYS = ["tokenizer", "vocab", "hidden", "layers", "matches"] as const;

/** A recipe written as `name:key=value,…`; throws `InvalidArgumentError` where that does not say one. */
export function recipeValue(text: string): Recipe {
  const [, name, written = ""] = /^([\w.-]+)(?::(.*))?$/.exec(text) ?? [];
  if (name === undefined || !text.includes(":")) {
    const known = KNOWN_RECIPES.map((recipe) => recipe.name).join(", ");
    throw new InvalidArgumentError(
      `Write a recipe such as wide:hidden=384,learningRate=0.01, or name one of ${known}.`,
    );
  }
  return written
    .split(",")
    .filter((part) => part !== "")
    .reduce<Recipe>((recipe, part) => addIngredient(recipe, part), { name, settings: {} });
}

function addIngredient(recipe: Recipe, part: string): Recipe {
  const [key = "", value = ""] = part.split("=");
  switch (KEYS.find((known) => known === key)) {
    case "tokenizer":
      if (value !== "char" && value !== "bpe") {
        throw new InvalidArgumentError("The tokenizer is char or bpe.");
      }
      return { ...recipe, tokenizer: value };
    case "vocab":
      return { ...recipe, vocabularySize: integerValue({ least: 1, most: 65_536 })(value) };
    case "hidden":
      return { ...recipe, hiddenSize: integerValue(TRAIN_LIMITS.hiddenSize)(value) };
    case "layers":
      return { ...recipe, layerCount: integerValue(TRAIN_LIMITS.layerCount)(value) };
    case "matches":
      if (value !== "yes" && value !== "no") {
        throw new InvalidArgumentError("Matches are yes or no.");
      }
      return { ...recipe, readsMatches: value === "yes" };
    case undefined:
      if (!SETTING_NAMES.some((known) => known.toLowerCase() === key.toLowerCase())) {
        throw new InvalidArgumentError(`Write key=value with one of ${[...KEYS, ...SETTING_NAMES].join(", ")}.`);
      }
      return { ...recipe, settings: addSetting(part, recipe.settings) };
  }
}
