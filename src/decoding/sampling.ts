import type { Rng } from "../base/rng.ts";
import type { LanguageModel } from "../models/languageModel.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import type { DecodingNode, DecodingTree } from "./decodingTree.ts";
import type { TextFront } from "./textFront.ts";

/** How to draw, and from which chance. */
export interface Sampler {
  /** Divides log probabilities: 0 always takes the most probable, 1 samples the model as it is. */
  readonly temperature: number;
  /** Only the k most probable; Infinity for all. */
  readonly topK: number;
  /** Only the most probable that together have at least this probability (Holtzman et al. 2020); 1 for all. */
  readonly topP: number;
  readonly rng: Rng;
}

/**
 * Draws one of several choices.
 * @param weights unnormalised probabilities, at least one above 0; borrowed
 * @returns its index
 */
export function sampleIndex(weights: ArrayLike<number>, { temperature, topK, topP, rng }: Sampler): number {
  const order = Array.from({ length: weights.length }, (_, n) => n)
    .filter((n) => (weights[n] as number) > 0)
    .sort((a, b) => (weights[b] as number) - (weights[a] as number) || a - b);
  const best = order[0];
  if (best === undefined) {
    throw new RangeError("Expected at least one choice with a probability above 0");
  }
  if (temperature === 0) {
    return best;
  }
  const kept = nucleus(weights, order.slice(0, Math.max(1, topK)), topP);
  const tempered = kept.map((n) => Math.pow((weights[n] as number) / (weights[best] as number), 1 / temperature));
  let left = rng.next() * tempered.reduce((sum, weight) => sum + weight, 0);
  const drawn = tempered.findIndex((weight) => (left -= weight) < 0);
  return kept[drawn] ?? best;
}

/**
 * Finishes the piece at the caret: draws among all pieces that the covers of the typed bytes may become.
 * @param front what comes next, of mass above 0, from `coverTypedPrefix`
 * @returns the node behind the drawn piece, and those of the piece's bytes that were not typed yet
 */
export function sampleCover<S>(
  { pieces }: DecodingTree<S>,
  front: TextFront<S>,
  sampler: Sampler,
): { readonly node: DecodingNode<S>; readonly bytes: Uint8Array } {
  const weights: number[] = [];
  const ends: { readonly node: DecodingNode<S>; readonly bytes: Uint8Array }[] = [];
  for (const { node, place, weight } of front.strands) {
    const { sums } = node;
    if (place === pieces.root || sums === undefined) {
      weights.push(weight);
      ends.push({ node, bytes: new Uint8Array(0) });
      continue;
    }
    for (let n = pieces.wholeEnd(place); n < pieces.end(place); n++) {
      const token = pieces.ids[n] as number;
      weights.push(weight * ((sums[n + 1] as number) - (sums[n] as number)));
      ends.push({ node: node.child(token), bytes: pieces.vocabulary.pieceBytes(token).slice(pieces.depth(place)) });
    }
  }
  return ends[sampleIndex(weights, sampler)] as (typeof ends)[number];
}

/**
 * Draws tokens one after the other until the document's end; draws no token without bytes but END.
 * @param state the model's state where the drawing begins
 */
export function* sampleTokens<S>(
  {
    model,
    vocabulary,
  }: { readonly model: LanguageModel<S>; readonly vocabulary: Pick<Vocabulary, "endId" | "pieceBytes"> },
  state: S,
  sampler: Sampler,
): Generator<number, void> {
  const logProbabilities = new Float32Array(model.vocabularySize);
  for (let at = state; ;) {
    model.logProbabilities(at, logProbabilities);
    const weights = Float64Array.from(logProbabilities, (value, id) =>
      id === vocabulary.endId || vocabulary.pieceBytes(id).length > 0 ? Math.exp(value) : 0,
    );
    const token = sampleIndex(weights, sampler);
    if (token === vocabulary.endId) {
      return;
    }
    yield token;
    at = model.advance(at, token);
  }
}

/** The shortest beginning of `order` that holds `topP` of its probability. */
function nucleus(weights: ArrayLike<number>, order: readonly number[], topP: number): readonly number[] {
  if (topP >= 1) {
    return order;
  }
  const total = order.reduce((sum, n) => sum + (weights[n] as number), 0);
  let sum = 0;
  const last = order.findIndex((n) => (sum += weights[n] as number) >= topP * total);
  return last < 0 ? order : order.slice(0, last + 1);
}
