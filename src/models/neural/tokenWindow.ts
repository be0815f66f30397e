import * as tf from "@tensorflow/tfjs-core";
import { MATCH_RANKS, matchedToken, matchRank } from "../../tokens/matchIndex.ts";

/** The tokens that a window reads, each once: what depends on the token alone is computed once for all its places. */
export interface TokenWindow {
  /** int32 [U], distinct, in the order of their first place */
  readonly distinct: tf.Tensor1D;
  /** int32 [T·B], time-major: the index in `distinct` of the token at each place */
  readonly places: tf.Tensor1D;
}

/** What the tokens of a window suggest by matches. */
export interface MatchWindow {
  /** int32 [T·B], time-major: the token that is suggested, START where there is no match */
  readonly tokens: tf.Tensor1D;
  /** float32 [T·B, R]: 1 at the rank of the match, all 0 where there is none */
  readonly ranks: tf.Tensor2D;
}

/** @param codes [T·B], time-major, as `MatchIndex` tells them; the caller disposes the tensors, by `tf.tidy` for instance */
export function createMatchWindow(codes: Int32Array): MatchWindow {
  const ranks = new Float32Array(codes.length * MATCH_RANKS);
  codes.forEach((code, place) => {
    const rank = matchRank(code);
    if (rank > 0) {
      ranks[place * MATCH_RANKS + rank - 1] = 1;
    }
  });
  return {
    tokens: tf.tensor1d(codes.map(matchedToken), "int32"),
    ranks: tf.tensor2d(ranks, [codes.length, MATCH_RANKS]),
  };
}

/** @param ids [T·B], time-major; the caller disposes the tensors, by `tf.tidy` for instance */
export function createTokenWindow(ids: Int32Array): TokenWindow {
  const indexOf = new Map<number, number>();
  const places = ids.map((id) => {
    const known = indexOf.get(id);
    const index = known ?? indexOf.size;
    if (known === undefined) {
      indexOf.set(id, index);
    }
    return index;
  });
  return {
    distinct: tf.tensor1d(Int32Array.from(indexOf.keys()), "int32"),
    places: tf.tensor1d(places, "int32"),
  };
}
