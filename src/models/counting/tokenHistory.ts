/** A document as far as it was read, newest token first. Immutable, so that what differs in the end shares its beginning. */
export interface TokenHistory {
  readonly token: number;
  readonly previous: TokenHistory | null;
  /** Tokens of the document before this one; 0 for START. */
  readonly tokenIndex: number;
}

/** The history after one more token; START begins anew. */
export function extendHistory(history: TokenHistory | null, token: number, startId: number): TokenHistory {
  return token === startId || history === null
    ? { token, previous: null, tokenIndex: 0 }
    : { token, previous: history, tokenIndex: history.tokenIndex + 1 };
}

/** Writes the last tokens, newest first, as many as `out` has room for, and returns how many there are. */
export function readHistory(history: TokenHistory | null, out: Int32Array): number {
  let length = 0;
  for (let node = history; node !== null && length < out.length; node = node.previous) {
    out[length++] = node.token;
  }
  return length;
}
