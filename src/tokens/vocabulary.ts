/** How text is cut into tokens: single characters, or byte-fallback BPE pieces. */
export type TokenizerKind = "char" | "bpe";

/** START of every vocabulary. */
export const START_ID = 0;

/**
 * A closed set of pieces with ids 0 … size − 1.
 * Ids 0 and 1 are the document marks START and END; they have no bytes.
 */
export interface Vocabulary {
  readonly kind: TokenizerKind;
  /** V: number of ids. */
  readonly size: number;
  readonly startId: number;
  readonly endId: number;
  /**
   * The ids of `text`, without document marks. Never fails: what no piece covers becomes bytes (BPE) or unknown (char).
   * @returns int32 [tokens]; the caller owns it
   */
  encode(text: string): Int32Array;
  /** The text of ids; incomplete UTF-8 becomes U+FFFD, marks become nothing. For BPE `decode(encode(x)) === x` for well-formed x. */
  decode(ids: ArrayLike<number>): string;
  /** UTF-8 bytes a piece stands for (a byte piece: that byte; marks and unknown: none). Borrowed. */
  pieceBytes(id: number): Uint8Array;
  /**
   * The largest index ≤ `text.length` at which cutting `text` in two and encoding both sides surely gives the ids of
   * `text` followed by anything: pieces never cross it, whatever comes after. 0 if there is none.
   */
  lastBoundary(text: string): number;
  /** Plain data from which `restoreVocabulary` makes an equal one. */
  serialize(): SerializedVocabulary;
}

export interface SerializedVocabulary {
  readonly kind: TokenizerKind;
  /** Pieces in id order: text where the piece is well-formed UTF-8, else `{byte}`; marks as `{mark}`. */
  readonly pieces: readonly SerializedPiece[];
  /** BPE merges in rank order as pairs of ids; empty for characters. */
  readonly merges: readonly (readonly [number, number])[];
}

export type SerializedPiece =
  { readonly text: string } | { readonly byte: number } | { readonly mark: "start" | "end" | "unknown" };
