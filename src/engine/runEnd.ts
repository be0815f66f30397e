import type { DoneEvent, NoticeEvent } from "../protocol/engineMessages.ts";
import type { RunOutcome } from "../training/runContext.ts";

/** How a training ended, as its order is answered. */
export type RunEnd = Pick<DoneEvent, "stopped" | "nothingLearnt">;

/** The end of a training that was cancelled before it had anything to keep. */
export const CANCELLED_EARLY: RunEnd = {
  stopped: "cancelled",
  nothingLearnt: "That was before there was anything new to keep.",
};

/** Why nothing was saved where there was no time to learn anything. */
export const TOO_LITTLE_TIME =
  "Nothing was saved, because nothing worth keeping had been learnt by then. Give it more time.";

/** Where a training goes on after its loss exploded. */
export const RECOVERY: NoticeEvent = {
  type: "notice",
  level: "warning",
  message:
    "The loss exploded or stopped being a finite number; training goes on from the best weights so far, with half the learning rate.",
};

interface EndFacts {
  /** The highest, as it was set. */
  readonly learningRate: number;
  /** Whether a model of this run, or the one that it went on with, was written. */
  readonly hasSaved: boolean;
}

/** Says where a run left nothing new why that is, and what to do about it. */
export function describeEnd({ stopped, left }: RunOutcome, facts: EndFacts): RunEnd {
  if (left === "model") {
    return { stopped };
  }
  const isEarly = left === "noStep" || left === "tooLittle";
  if (stopped === "cancelled" && isEarly) {
    return CANCELLED_EARLY;
  }
  switch (left) {
    case "earlierModel":
      return {
        stopped,
        nothingLearnt: stopped === "nonFinite" ? `${earlierKept(stopped)} ${lowerRate(facts)}` : earlierKept(stopped),
      };
    case "noStep":
      return { stopped, nothingLearnt: facts.hasSaved ? NO_TIME_LEFT : TOO_LITTLE_TIME };
    case "tooLittle":
      return { stopped, nothingLearnt: TOO_LITTLE_TIME };
    case "lost":
      return {
        stopped,
        nothingLearnt: `Nothing was saved, because the network knew the held-out text no better than by guessing. ${lowerRate(facts)}`,
      };
  }
}

/** What to do about a loss that explodes. */
export function lowerRate({ learningRate }: Pick<EndFacts, "learningRate">): string {
  return `The learning rate of ${Number(learningRate.toPrecision(3))} was too high for it: choose a smaller model, or on the command line a lower \`learningRate\`.`;
}

const NO_TIME_LEFT =
  "No time was left for a step, so the model knows no more than before. Resuming again begins a new schedule.";

/** Why the model that was there before stays. */
export function earlierKept(stopped: DoneEvent["stopped"]): string {
  const isComplete = stopped === "budget" || stopped === "epochs" || stopped === "converged";
  const reason = isComplete ? "did not come to know" : "ended before it knew";
  return `The earlier model is kept: this run ${reason} the held-out text better.`;
}
