import * as tf from "@tensorflow/tfjs-core";
import type { PickedRows } from "./fusedOps.ts";
import type { LstmCall, LstmWeights, MatchInput, ProjectionMath } from "./neuralKernels.ts";

/** x·W + b for a window: a row for every step and lane, or one for every distinct token, to be picked by `ids`. */
export interface ProjectedInput {
  /** [T·B, O], or [U, O]; O is 4H for an LSTM */
  readonly rows: tf.Tensor2D;
  /** int32 [T·B], the row of each step and lane; null where each has its own */
  readonly ids: tf.Tensor1D | null;
  /** What matches add, a row for every distinct one; null for nothing. */
  readonly added: PickedRows | null;
}

/** What a recurrent layer reads, and with which weights: [I, O] and [O]. */
interface ProjectionCall extends Pick<LstmCall, "input" | "window"> {
  readonly weights: Pick<LstmWeights, "inputKernel" | "bias">;
}

/**
 * The part of a recurrent layer that needs no recurrence: x·W + b for the whole window as one product.
 * A token is projected once, however often the window has it: a fifth of the rows in source code.
 */
export function projectInput({ input, weights, window }: ProjectionCall, math: ProjectionMath): ProjectedInput {
  const { windowTokens: T, laneCount: B } = window;
  const { inputKernel: kernel, bias } = weights;
  if (input.kind === "tokens") {
    const x = math.lookUp(input.table, input.tokens.distinct); // [U, I]
    const rows = math.affine({ x, kernel, isTransposed: false, bias });
    const ids = input.tokens.places;
    const { matches } = input;
    const added =
      matches === undefined ? null : { rows: projectMatches(matches, input.table, math), ids: matches.window.places };
    return { rows, ids, added };
  }
  const x = tf.reshape<tf.Rank.R2>(input.x, [T * B, input.x.shape[2]]); // [T·B, I]
  return { rows: math.affine({ x, kernel, isTransposed: false, bias }), ids: null, added: null };
}

/** The same with all in `rows`, for recurrences that read one table. */
export function sumAdded(projected: ProjectedInput, math: ProjectionMath): ProjectedInput {
  const { rows, ids, added } = projected;
  if (added === null) {
    return projected;
  }
  const own = ids === null ? rows : math.lookUp(rows, ids);
  return { rows: tf.add(own, math.lookUp(added.rows, added.ids)), ids: null, added: null };
}

/** What matches add to the gates, [U, O]. */
function projectMatches({ window, kernel, bias }: MatchInput, table: tf.Tensor2D, math: ProjectionMath): tf.Tensor2D {
  const x = math.lookUp(table, window.tokens.distinct);
  const none = tf.zeros<tf.Rank.R1>([kernel.shape[1]]);
  const rows = math.affine({ x, kernel, isTransposed: false, bias: none });
  return tf.add(math.lookUp(rows, window.tokens.places), math.lookUp(bias, window.ranks));
}
