import { scoreNeuralCache } from "../../training/scoreNeuralCache.ts";
import type { JobContext } from "../jobContext.ts";
import type { PartScores } from "./countingScores.ts";
import { bestShare, mixLinearly, natsOf } from "./mixScores.ts";

/** Places that the cache remembers, and θ of which a text chooses; Grave et al. use 0.3 on the Penn Treebank. */
export const CACHE_PLACES = 500;
const SHARPNESSES = [0.05, 0.1, 0.2, 0.3, 0.5, 1] as const;

/** A text as a network has read it. */
export interface ReadText {
  /** float64 [count]: what the network gave to what came */
  readonly own: Float64Array;
  /** float32 [count, D]: what its softmax read */
  readonly rows: Float32Array;
  /** int32 [count]: what came */
  readonly targets: Int32Array;
}

/** The cache that does best on a text beside a network. */
export interface FittedCache {
  /** θ */
  readonly sharpness: number;
  /** λ, in [0, 1]: what is given to the cache */
  readonly share: number;
  /** What it gives to that text. */
  readonly scored: PartScores;
}

/** Chooses θ, and for each the share, by the text; the first, with the share that it comes to, where none gives a finite figure. */
export async function fitNeuralCache(
  { own, rows, targets }: ReadText,
  { signal, pause }: Pick<JobContext, "signal" | "pause">,
): Promise<FittedCache> {
  let best: FittedCache | null = null;
  let leastNats = Number.POSITIVE_INFINITY;
  for (const sharpness of SHARPNESSES) {
    const scored = await scoreNeuralCache({ rows, targets, size: CACHE_PLACES, sharpness, signal, pause });
    const share = bestShare(own, scored.own);
    const nats = natsOf(mixLinearly(own, scored.own, share));
    if (best === null || nats < leastNats) {
      leastNats = nats;
      best = { sharpness, share, scored };
    }
  }
  return best as FittedCache;
}
