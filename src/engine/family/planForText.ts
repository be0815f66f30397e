import { LmError } from "../../base/errors.ts";
import type { ModelSettings } from "../../protocol/compareMessages.ts";
import { fitLanes } from "../modelDefaults.ts";
import { type NetworkPlan, planNetwork } from "./networkPresets.ts";
import type { SplitText } from "./splitText.ts";

export interface TextPlanCall {
  readonly settings: ModelSettings | undefined;
  readonly text: Pick<SplitText, "vocabulary" | "training">;
}

/**
 * The plan of a network for a text: its preset with what the settings change, and with fewer lanes for a short text unless they say how many. Throws
 * `LmError("badArgument")` as `planNetwork` does, and where the text is too short to fill a window of every lane.
 */
export function planForText(network: string, { settings, text: { vocabulary, training } }: TextPlanCall): NetworkPlan {
  const { spec, recipe } = planNetwork(network, { vocabularySize: vocabulary.size, settings });
  const isChosen = settings?.recipe["laneCount"] !== undefined;
  const plan = { spec, recipe: isChosen ? recipe : fitLanes(recipe, training.count) };
  requireLaneText(network, plan, { trainingTokens: training.count });
  return plan;
}

function requireLaneText(
  network: string,
  { spec, recipe }: NetworkPlan,
  { trainingTokens }: { readonly trainingTokens: number },
): void {
  const { laneCount, windowTokens } = recipe;
  const laneTokens = Math.floor(trainingTokens / laneCount);
  const longest = Math.max(windowTokens, spec.kind === "window" ? spec.contextTokens : 1);
  if (laneTokens < longest) {
    throw new LmError(
      "badArgument",
      `The training text has ${trainingTokens} tokens, ${laneTokens} for each of the ${laneCount} lanes of ${network}, which is less than its window of ${longest}; choose a smaller laneCount or windowTokens, or give more text.`,
    );
  }
}
