import { MATCH_BIAS, MATCH_KERNEL, type NetworkSpec, type WeightMap } from "./networkSpec.ts";

/**
 * The weights of the same network with its logits divided by a temperature (Guo, Pleiss, Sun and Weinberger 2017, section 4.2). The embedding, which the softmax is tied to,
 * takes it up, and what the first layer and matches multiply it by takes it back, so that nothing else changes.
 * @returns a copy of what changes; the rest is shared
 */
export function temperWeights({ cell }: NetworkSpec, weights: WeightMap, temperature: number): WeightMap {
  const factors = new Map([
    ["embedding", 1 / temperature],
    ["softmax/bias", 1 / temperature],
    [`${cell}/0/inputKernel`, temperature],
    [MATCH_KERNEL, temperature],
    [MATCH_BIAS, temperature],
  ]);
  return new Map(
    [...weights].map(([name, values]) => {
      const factor = factors.get(name);
      return [name, factor === undefined ? values : values.map((value) => value * factor)];
    }),
  );
}
