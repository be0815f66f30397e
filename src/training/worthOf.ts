import type { Tally } from "../evaluation/tally.ts";

/** What weights have learnt, by how well they know held-out text: enough to keep them, `tooLittle`, or they are worse than where they began. */
export type Worth = "worthKeeping" | "tooLittle" | "lost";

/** A model that is hardly better than guessing among all tokens alike is not worth a file. */
const WORTHLESS_SHARE_OF_UNIFORM = 0.98;
/** Weights drawn at random cost a little more than guessing; beyond this training has made them worse. */
const LOST_SHARE_OF_UNIFORM = 1.02;

/**
 * What weights are worth against guessing, which costs ln V nats a token.
 * @param vocabularySize V
 */
export function worthOf({ nats, tokens }: Tally, vocabularySize: number): Worth {
  const share = nats / tokens / Math.log(vocabularySize);
  if (share < WORTHLESS_SHARE_OF_UNIFORM) {
    return "worthKeeping";
  }
  return share > LOST_SHARE_OF_UNIFORM ? "lost" : "tooLittle";
}
