import { LmError } from "../../base/errors.ts";
import type { ModelSettings } from "../../protocol/compareMessages.ts";
import { counted, readableCount } from "../../base/readableNumbers.ts";
import type { Recipe } from "../../training/recipe.ts";
import { fitLanes } from "../modelDefaults.ts";
import { type NetworkPlan, planNetwork } from "./networkPresets.ts";
import type { SplitText } from "./splitText.ts";

export interface TextPlanCall {
  readonly settings: ModelSettings | undefined;
  readonly text: Pick<SplitText, "vocabulary" | "training">;
}

/**
 * The plan of a network for a text: its preset with what the settings change, and with fewer lanes for a short text unless they say how many; where even one lane
 * is too short for a window, with a shorter window, unless they say one of the two. Throws `LmError("badArgument")` as `planNetwork` does, and where the text is too
 * short to fill a window of every lane.
 */
export function planForText(network: string, { settings, text: { vocabulary, training } }: TextPlanCall): NetworkPlan {
  const { spec, recipe } = planNetwork(network, { vocabularySize: vocabulary.size, settings });
  const given = new Set([...Object.keys(settings?.spec ?? {}), ...Object.keys(settings?.recipe ?? {})]);
  const plan = { spec, recipe: fitRecipe({ spec, recipe }, { given, trainingTokens: training.count }) };
  requireLaneText(network, plan, { given, trainingTokens: training.count });
  return plan;
}

interface TextFacts {
  /** Names of the settings that were asked for. */
  readonly given: ReadonlySet<string>;
  readonly trainingTokens: number;
}

function fitRecipe({ spec, recipe }: NetworkPlan, { given, trainingTokens }: TextFacts): Recipe {
  if (given.has("laneCount")) {
    return recipe;
  }
  const usual = fitLanes(recipe, trainingTokens);
  // The lanes that a pass should have may be more than the text can fill.
  const filled = Math.max(1, Math.floor(trainingTokens / longestWindow({ spec, recipe })));
  const laneCount = Math.min(usual.laneCount, filled);
  const laneTokens = Math.max(1, Math.floor(trainingTokens / laneCount));
  const windowTokens = given.has("windowTokens") ? recipe.windowTokens : Math.min(recipe.windowTokens, laneTokens);
  return { ...usual, laneCount, windowTokens };
}

/** Tokens that a lane has to have. */
function longestWindow({ spec, recipe }: NetworkPlan): number {
  return Math.max(recipe.windowTokens, spec.kind === "window" ? spec.contextTokens : 1);
}

function requireLaneText(network: string, plan: NetworkPlan, { given, trainingTokens }: TextFacts): void {
  const { laneCount } = plan.recipe;
  const laneTokens = Math.floor(trainingTokens / laneCount);
  const longest = longestWindow(plan);
  if (laneTokens < longest) {
    const lanes =
      laneCount === 1
        ? `for the one lane of ${network}`
        : `${readableCount(laneTokens)} for each of the ${readableCount(laneCount)} lanes of ${network}`;
    // Only what was asked for can be taken back; not every command has an option for the others.
    const asked = ["laneCount", "windowTokens", "contextTokens"].filter((name) => given.has(name)).join(" or ");
    const advice = asked === "" ? "choose another network" : `choose a smaller ${asked}`;
    throw new LmError(
      "badArgument",
      `The training text has ${counted(trainingTokens, "token")}, ${lanes}, which is less than its window of ${longest}; ${advice}, or give more text.`,
    );
  }
}
