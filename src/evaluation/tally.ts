/** Sums over predicted tokens, from which every figure is divided once. */
export interface Tally {
  /** Predicted tokens; what was given and not predicted is not in it. */
  readonly tokens: number;
  /** UTF-8 bytes of the text those tokens stand for. */
  readonly bytes: number;
  /** −Σ ln p, in float64 */
  readonly nats: number;
}

/** exp(nats / tokens): 1 for certainty, V for a uniform guess among V. Infinity where nothing was predicted. */
export function perplexityOf({ tokens, nats }: Pick<Tally, "tokens" | "nats">): number {
  return tokens === 0 ? Number.POSITIVE_INFINITY : Math.exp(nats / tokens);
}

/** Bits per byte of text: comparable between vocabularies and with compressors. Infinity for no text. */
export function bitsPerByteOf({ bytes, nats }: Tally): number {
  return bytes === 0 ? Number.POSITIVE_INFINITY : nats / Math.LN2 / bytes;
}

/**
 * As `bitsPerByteOf`; null where tokens are unknown to the vocabulary: what they stand for is not spelt out, so their bytes are neither paid for nor counted.
 * @param tally with `unknownTokens`, how many of its tokens those are
 */
export function spelledBitsPerByteOf(tally: Tally & { readonly unknownTokens: number }): number | null {
  return tally.unknownTokens > 0 ? null : bitsPerByteOf(tally);
}

/** How well a ranking of next tokens did, summed over predicted tokens. */
export interface RankTally {
  /** Tokens that were ranked first. */
  readonly firstCount: number;
  /** Σ 1 / rank, where rank is 1 + the number of tokens that are more probable. */
  readonly reciprocalRankSum: number;
}
