import type { TextMatch } from "../../tokens/textMatch.ts";
import type { NetworkSpec } from "./networkSpec.ts";

/** What a recurrent network carries from token to token. Immutable and free to be shared. */
export interface RecurrentState {
  /** h, float32 [L, H] row-major. */
  readonly hidden: Float32Array;
  /** c, float32 [L, H] row-major; of cells that have no c, [0]. */
  readonly cell: Float32Array;
  /** Of what was read, where the network reads matches and the state is a decoder's. */
  readonly match?: TextMatch;
}

/** A state of zeros, with memory of its own. */
export function blankState({ cell, layerCount: L, hiddenSize: H }: NetworkSpec): RecurrentState {
  return { hidden: new Float32Array(L * H), cell: new Float32Array(cell === "lstm" ? L * H : 0) };
}

/** Throws where a network that reads matches is not told of them: it would be as if there never were any. */
export function requireMatches({ readsMatches }: NetworkSpec, matches: readonly number[] | undefined): void {
  if (readsMatches === true && matches === undefined) {
    throw new RangeError("Expected `matches` for a network that reads them, got none");
  }
}

/**
 * The arithmetic of a recurrent network on the CPU: B lanes a call, which share one read of the weights.
 * Whoever holds a kernel sees states as plain arrays, whatever memory the kernel computes in.
 */
export interface RecurrentKernel {
  readonly spec: NetworkSpec;
  /**
   * One time step of every layer for each lane.
   * @param states [B]; borrowed
   * @param tokens [B], each in [0, V)
   * @returns [B] fresh states
   */
  step(states: readonly RecurrentState[], tokens: readonly number[]): readonly RecurrentState[];
  /**
   * Natural log probabilities of the tied softmax: log softmax(h_L · embeddingᵀ + bias), with what matches add to h_L (`parameterShapes`).
   * @param states [B]; borrowed
   * @param out [B] float32 [V]; overwritten
   * @param matches [B], what the last token of each lane suggests (`MatchIndex`), for a network that reads them
   */
  logProbabilities(states: readonly RecurrentState[], out: readonly Float32Array[], matches?: readonly number[]): void;
}
