/** One window of every lane. */
export interface LaneBatch {
  /** int32 [B, T] row-major: tokens read. */
  readonly inputs: Int32Array;
  /** int32 [B, T] row-major: the token that follows each input. */
  readonly targets: Int32Array;
  /**
   * float32 [B, T]: 1 where the target counts, 0 where it is read for context only, and where a lane has run out (a pass's
   * last windows; there every id is START).
   */
  readonly weights: Float32Array;
  /**
   * uint8 [B, T]: 1 where the state must be reset to zero before reading this input: a document's START, a stretch's first
   * token, a lane's first token of a pass.
   */
  readonly resets: Uint8Array;
  /** int32 [B, T] row-major: what each input suggests by a match (`MatchIndex`); absent where nobody reads that. */
  readonly matches?: Int32Array;
  readonly laneCount: number;
  readonly windowTokens: number;
}

/** Where a pass stands, as plain data; stored in checkpoints so that a run resumes at the very next batch. */
export interface BatchPosition {
  /** Passes over the corpus already finished. */
  readonly epoch: number;
  /** Windows already taken in this pass. */
  readonly windowIndex: number;
}
