import { readableCount } from "../base/readableNumbers.ts";
import type { NoticeEvent } from "../protocol/engineMessages.ts";

/** What is said where tokens to score are unknown to the vocabulary, of which there are no bits per byte (`spelledBitsPerByteOf`). */
export function unknownNotice({
  unknownTokens,
  tokens,
}: {
  readonly unknownTokens: number;
  readonly tokens: number;
}): NoticeEvent {
  return {
    type: "notice",
    level: "info",
    message: `${readableCount(unknownTokens)} of the ${readableCount(tokens)} tokens to score are unknown: they are one token whatever they stand for, so no bits per byte are given, and perplexities are smaller than those of a vocabulary that has them.`,
  };
}
