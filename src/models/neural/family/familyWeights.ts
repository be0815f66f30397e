import type { Rng } from "../../../base/rng.ts";
import type { WeightMap } from "../networkSpec.ts";
import { unigramBias } from "../unigramBias.ts";
import { familyShapes, SEQUENCE_LAYERS } from "./familyShapes.ts";
import { type FamilySpec, layerSizes } from "./familySpec.ts";

/** Of embeddings, as in Zaremba et al. (2014) and Merity et al. (2018). */
const EMBEDDING_BOUND = 0.1;

/**
 * Weights to begin with, reproducible from the stream. Where the specification bounds them, all are uniform within that. Else embeddings uniform in ±0.1, matrices in ±1/√(rows), biases 0 but for those
 * that let a memory last, and `unigramBias` for the softmax where it is known what it shall learn.
 * @param counts [V]: how often each token is to be predicted; null where that is not known
 */
export function familyWeights(spec: FamilySpec, rng: Rng, counts: ArrayLike<number> | null = null): WeightMap {
  const weights = new Map<string, Float32Array>();
  for (const { name, shape } of familyShapes(spec)) {
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
    const bound = spec.initialBound > 0 ? spec.initialBound : usualBound(name, shape);
    if (bound > 0) {
      for (let index = 0; index < values.length; index++) {
        values[index] = (2 * rng.next() - 1) * bound;
      }
    }
    weights.set(name, values);
  }
  if (spec.initialBound > 0) {
    return weights;
  }
  if (counts !== null) {
    weights.set("softmax/bias", unigramBias(counts));
  }
  if (spec.kind !== "window") {
    const { kind, depth } = spec;
    for (const [layer, sizes] of layerSizes(spec).entries()) {
      for (const { name, from, to, value } of SEQUENCE_LAYERS[kind].initialBias?.(sizes, { depth }) ?? []) {
        weights.get(`${kind}/${layer}/${name}`)?.fill(value, from, to);
      }
    }
  }
  return weights;
}

/** Of a parameter's first values; 0 for a bias. */
function usualBound(name: string, shape: readonly number[]): number {
  if (shape.length !== 2) {
    return 0;
  }
  return name === "embedding" || name === "softmax/kernel" ? EMBEDDING_BOUND : 1 / Math.sqrt(shape[0] as number);
}
