import * as tf from "@tensorflow/tfjs-core";
import { matchedToken, matchRank } from "../../tokens/matchIndex.ts";

/** The tokens that a window reads, each once: what depends on the token alone is computed once for all its places. */
export interface TokenWindow {
  /** int32 [U], distinct, in the order of their first place */
  readonly distinct: tf.Tensor1D;
  /** int32 [T·B], time-major: the index in `distinct` of the token at each place */
  readonly places: tf.Tensor1D;
}

/** What the tokens of a window suggest by matches, each once; where there is no match it is START, at rank 0. */
export interface MatchWindow {
  /** The token that each match suggests: `places` is int32 [U], by match. */
  readonly tokens: TokenWindow;
  /** int32 [U], each in [0, MATCH_RANKS) */
  readonly ranks: tf.Tensor1D;
  /** int32 [T·B], time-major: the match at each place */
  readonly places: tf.Tensor1D;
}

/** @param codes [T·B], time-major, as `MatchIndex` tells them; the caller disposes the tensors, by `tf.tidy` for instance */
export function createMatchWindow(codes: Int32Array): MatchWindow {
  const { distinct, places } = distinctOf(codes);
  return {
    tokens: createTokenWindow(distinct.map(matchedToken)),
    ranks: tf.tensor1d(distinct.map(matchRank), "int32"),
    places: tf.tensor1d(places, "int32"),
  };
}

/** @param ids [T·B], time-major; the caller disposes the tensors, by `tf.tidy` for instance */
export function createTokenWindow(ids: Int32Array): TokenWindow {
  const { distinct, places } = distinctOf(ids);
  return { distinct: tf.tensor1d(distinct, "int32"), places: tf.tensor1d(places, "int32") };
}

/** The values of a list, each once, and for each place the index of its value among them. */
function distinctOf(values: Int32Array): { readonly distinct: Int32Array; readonly places: Int32Array } {
  const indexOf = new Map<number, number>();
  const places = values.map((value) => {
    const known = indexOf.get(value);
    const index = known ?? indexOf.size;
    if (known === undefined) {
      indexOf.set(value, index);
    }
    return index;
  });
  return { distinct: Int32Array.from(indexOf.keys()), places };
}
