import type { Rng } from "../../../base/rng.ts";
import type { WeightMap } from "../networkSpec.ts";
import { labellerShapes, type LabellerSpec } from "./labellerSpec.ts";

/**
 * Weights to begin with, reproducible from the stream: embeddings uniform in ±0.1, matrices in ±1/√(rows), biases 0 but for an LSTM's forget
 * gates, which begin at 1 (Jozefowicz et al. 2015).
 */
export function labellerWeights(spec: LabellerSpec, rng: Rng): WeightMap {
  return new Map(
    labellerShapes(spec).map(({ name, shape }) => {
      const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
      if (shape.length === 2) {
        const bound = name === "embedding" ? 0.1 : 1 / Math.sqrt(shape[name === "output/kernel" ? 1 : 0] as number);
        for (let index = 0; index < values.length; index++) {
          values[index] = (2 * rng.next() - 1) * bound;
        }
      } else if (spec.cell === "lstm" && name !== "output/bias") {
        values.fill(1, 2 * spec.hiddenSize, 3 * spec.hiddenSize); // blocks i, g, f, o
      }
      return [name, values];
    }),
  );
}
