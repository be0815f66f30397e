import { createRng } from "../../../../src/base/rng.ts";
import { type NetworkSpec, parameterShapes, type WeightMap } from "../../../../src/models/neural/networkSpec.ts";

/** Weights uniform in [−scale, scale], the same for the same seed. */
export function randomWeights(
  spec: NetworkSpec,
  { seed, scale }: { readonly seed: number; readonly scale: number },
): WeightMap {
  const rng = createRng(seed);
  return new Map(
    parameterShapes(spec).map(({ name, shape }) => {
      const length = shape.reduce((a, b) => a * b, 1);
      return [name, Float32Array.from({ length }, () => (2 * rng.next() - 1) * scale)];
    }),
  );
}
