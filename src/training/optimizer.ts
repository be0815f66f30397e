import type { Tensor } from "@tensorflow/tfjs-core";
import type { WeightMap } from "../models/neural/networkSpec.ts";

/** One optimizer step's inputs. */
export interface UpdateCall {
  /** By parameter name; borrowed. */
  readonly gradients: ReadonlyMap<string, Tensor>;
  readonly learningRate: number;
  /** From clipping: every gradient is multiplied by it first. */
  readonly gradientScale: number;
}

/** Changes parameters by their gradients; owns what it remembers of earlier ones. */
export interface Optimizer {
  /** Number of updates so far. */
  readonly step: number;
  /** Changes every parameter that has a gradient. */
  update(call: UpdateCall): void;
  /** A copy of what is remembered, by `NAME/…`. */
  read(): WeightMap;
  /** Continues from what `read` gave after `step` updates; throws `LmError("modelMismatch")` where it is not of this model. */
  restore(values: WeightMap, step: number): void;
  /** As before the first update. */
  reset(): void;
  dispose(): void;
}
