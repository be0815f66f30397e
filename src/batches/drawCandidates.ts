import { createRng } from "../base/rng.ts";

/** Which tokens a window's softmax sums over, in place of the whole vocabulary. */
export interface CandidateSet {
  /** [S], distinct: the window's targets in the order of their first place, then the sample */
  readonly ids: Int32Array;
  /** [S]: what is added to the score of each; 0 for targets, ln((V − D) / n) for the sample */
  readonly shifts: Float32Array;
  /** [N]: the index in `ids` of the target at each place */
  readonly places: Int32Array;
}

export interface CandidateDraw {
  /** V */
  readonly vocabularySize: number;
  /** n ≥ 1: how many of the tokens that are no target of the window are drawn, each as likely as another. */
  readonly sampleCount: number;
  readonly seed: number;
}

/** Above this share of the vocabulary the rest is summed as well: it costs little, and nothing is left to chance. */
const MOST_SHARE = 0.8;

/**
 * The D distinct targets of a window and n of the V − D other tokens, which stand for all of those: Σ over D of eᶻ + (V − D)/n · Σ over the
 * sample of eᶻ has the softmax's denominator as its mean, at every place of the window (Bengio and Senécal 2003; Jean et al. 2015). What does not occur in a
 * window of thousands of tokens has little of the mass, so little is left to chance. Null where there is nothing to save.
 */
export function drawCandidates(
  targets: Int32Array,
  { vocabularySize, sampleCount, seed }: CandidateDraw,
): CandidateSet | null {
  const indexOf = new Map<number, number>();
  const places = targets.map((id) => {
    const index = indexOf.get(id) ?? indexOf.size;
    indexOf.set(id, index);
    return index;
  });
  const targetCount = indexOf.size;
  const size = targetCount + sampleCount;
  if (size > MOST_SHARE * vocabularySize) {
    return null;
  }
  const others = Int32Array.from({ length: vocabularySize }, (_, id) => id).filter((id) => !indexOf.has(id));
  const rng = createRng(seed ^ 0x6a09e667); // Not the stream that drops units.
  const ids = new Int32Array(size);
  ids.set([...indexOf.keys()]);
  for (let i = 0; i < sampleCount; i++) {
    const j = i + rng.nextInt(others.length - i);
    ids[targetCount + i] = others[j] as number;
    others[j] = others[i] as number;
  }
  const shifts = new Float32Array(size).fill(Math.log(others.length / sampleCount), targetCount);
  return { ids, shifts, places };
}
