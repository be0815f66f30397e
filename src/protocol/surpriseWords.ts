import { readableFigure, readableShare } from "../base/readableNumbers.ts";
import type { LikelierToken, SurpriseToken } from "./surpriseMessages.ts";

/** Bits at which one step of colour ends and the next begins; below the first a token is left as it is. */
export const SURPRISE_STEPS = [1, 2, 4, 7, 11] as const;

/** The step of colour of a token, from 0, expected, to 5. */
export function surpriseStep(bits: number): number {
  return SURPRISE_STEPS.filter((step) => bits >= step).length;
}

/** What a step of colour stands for: `below 1`, `1 to 2`, …, `11 and more`. */
export function stepText(step: number): string {
  const [from, to] = [SURPRISE_STEPS[step - 1], SURPRISE_STEPS[step]];
  if (from === undefined) {
    return `below ${to ?? 0}`;
  }
  return to === undefined ? `${from} and more` : `${from} to ${to}`;
}

/** The bits of a token's surprise, −log₂ p. */
export function bitsOf({ nats }: Pick<SurpriseToken, "nats">): number {
  return nats / Math.LN2;
}

/** Bits, probability and what was held more probable, in lines. */
export function surpriseLines(token: Omit<SurpriseToken, "experts">): readonly string[] {
  const what = token.isEnd ? "the document's end" : JSON.stringify(token.text);
  return [
    `${what}: ${readableFigure(bitsOf(token))} bits, probability ${readableShare(Math.exp(-token.nats))}`,
    ...(token.likelier.length === 0
      ? ["nothing was held more probable"]
      : token.likelier.map((likelier) => `rather ${likelierText(likelier)}`)),
  ];
}

/** A token that was held more probable, with how probable. */
export function likelierText({ text, isEnd, probability }: LikelierToken): string {
  return `${isEnd ? "the document's end" : JSON.stringify(text)} ${readableShare(probability)}`;
}
