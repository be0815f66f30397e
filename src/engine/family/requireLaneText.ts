import { LmError } from "../../base/errors.ts";
import type { NetworkPlan } from "./networkPresets.ts";

/** Throws `LmError("badArgument")` where a training text is too short to fill a window of every lane. */
export function requireLaneText(
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
