/** What is counted: how often a token follows a context, or in how many different longer contexts (Kneser and Ney 1995). */
export type CountKind = "occurrences" | "continuations";

/** The contexts a text ends in. */
export interface ContextQuery {
  /** The text backwards, newest token first; up to START, which ends it. */
  readonly recent: Int32Array;
  /** How many tokens of `recent` count. */
  readonly length: number;
  /** The longest context to look up one by one. */
  readonly maxDepth: number;
  /** Whether the longest context that was ever seen is added, however long it is. */
  readonly isUnbounded: boolean;
  /** What is counted in all contexts but the longest there is, where occurrences always are. */
  readonly kind: CountKind;
  /** Contexts that occur more often than this have occurrences in place of continuations, which take time in proportion; default: none. */
  readonly maxContinuationEntries?: number;
}
