/** How the decoder holds the weights of a network: as they were trained, or in 8 bits with a scale for each row. */
export const WEIGHT_PRECISIONS = ["float32", "int8"] as const;

export type WeightPrecision = (typeof WEIGHT_PRECISIONS)[number];

/** A quarter of the memory that is read a step, at a cost below a hundredth of a percent of the bits: `docs/benchmarks.md` has both. */
export const DEFAULT_WEIGHT_PRECISION: WeightPrecision = "int8";
