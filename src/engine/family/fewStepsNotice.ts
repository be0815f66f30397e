import { counted, readableFigure, readableSeconds } from "../../base/readableNumbers.ts";
import type { NoticeEvent } from "../../protocol/engineMessages.ts";
import type { FamilyRunOutcome } from "../../training/familyRun.ts";

/** With fewer, a network has hardly begun to learn. */
const FEW_STEPS = 10;

/** What is said where hardly a step fitted into the budget; null where there were enough, or something else was the end. */
export function fewStepsNotice(
  network: string,
  { stopped, steps, stepSeconds }: Pick<FamilyRunOutcome, "stopped" | "steps" | "stepSeconds">,
): NoticeEvent | null {
  if (stopped !== "budget" || steps >= FEW_STEPS) {
    return null;
  }
  const fitted = steps === 0 ? "No step" : `Only ${counted(steps, "step")}`;
  const time = steps === 0 ? "" : `; one takes ${describeTime(stepSeconds)}`;
  return {
    type: "notice",
    level: "warning",
    message: `${fitted} of ${network} fitted into the budget${time}. For more, choose a longer budget, fewer lanes (laneCount), shorter windows (windowTokens) or a smaller network.`,
  };
}

function describeTime(seconds: number): string {
  return seconds < 60 ? `${readableFigure(seconds)} s` : readableSeconds(seconds);
}
