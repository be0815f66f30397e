import { type Command, Option } from "commander";
import type { Adaptation } from "../protocol/expertFigures.ts";

export interface AdaptationFlags {
  readonly dynamicEvaluation: boolean;
  readonly neuralCache: boolean;
}

/** Adds options by which the network learns from what it reads. */
export function addAdaptationOptions(command: Command): Command {
  const flag = (name: string, description: string): Option => new Option(name, description).default(false);
  return command
    .addOption(
      flag(
        "--dynamic-evaluation",
        "the network's bias learns from what was scored; all weights, of what does not suggest",
      ),
    )
    .addOption(flag("--neural-cache", "a cache over the network's hidden states learns from what was scored"));
}

/** The adaptations that flags ask for. */
export function adaptationsOf({ dynamicEvaluation, neuralCache }: AdaptationFlags): readonly Adaptation[] {
  return [
    ...(dynamicEvaluation ? (["dynamicEvaluation"] as const) : []),
    ...(neuralCache ? (["neuralCache"] as const) : []),
  ];
}
