import { readableCount } from "../base/readableNumbers.ts";
import type { NoticeEvent } from "../protocol/engineMessages.ts";

/** What is said where tokens to score are unknown to the vocabulary, of which there are no bits per byte (`spelledBitsPerByteOf`). */
export function unknownNotice({
  unknownTokens,
  tokens,
  place = "to score",
}: {
  readonly unknownTokens: number;
  readonly tokens: number;
  /** Which tokens, where more than one text is scored. */
  readonly place?: string;
}): NoticeEvent {
  return {
    type: "notice",
    level: "info",
    message: `${readableCount(unknownTokens)} of the ${readableCount(tokens)} tokens ${place} are unknown: they are one token whatever they stand for, so no bits per byte are given for this text, and its perplexity is smaller than that of a vocabulary that has them.`,
  };
}
