import * as tf from "@tensorflow/tfjs-core";
import type { ModelWindow } from "../trainableModel.ts";

export interface WindowCall {
  readonly input: ModelWindow["input"];
  /** float32 [B, n − 2]: the tokens before the window, oldest first; padded with START */
  readonly before: tf.Tensor2D;
  /** n − 1: tokens that each prediction sees */
  readonly contextTokens: number;
  /** [V, E] */
  readonly embedding: tf.Tensor2D;
}

export interface WindowContexts {
  /** The embedded contexts, oldest token first, [T·B, (n − 1)·E]; differentiable in the embedding */
  readonly x: tf.Tensor2D;
  /** float32 [B, n − 2]; kept outside the current `tf.tidy`, the caller owns it */
  readonly after: tf.Tensor2D;
}

const START = 0;

/** The vectors of the last n − 1 tokens side by side, x of Bengio et al. (2003), section 2; START stands for what a reset has cleared. */
export function embedContexts({ input, before, contextTokens, embedding }: WindowCall): WindowContexts {
  const { windowTokens: T, laneCount: B } = input.window;
  const distinct = input.tokens.distinct.dataSync<"int32">();
  const places = input.tokens.places.dataSync<"int32">();
  const keep = input.window.keep.dataSync<"float32">();
  const kept = contextTokens - 1;
  const history = before.dataSync<"float32">().slice(); // [B, n − 2]
  const contexts = new Int32Array(T * B * contextTokens);
  for (let t = 0; t < T; t++) {
    for (let lane = 0; lane < B; lane++) {
      const own = history.subarray(lane * kept, (lane + 1) * kept);
      if (keep[t * B + lane] === 0) {
        own.fill(START);
      }
      const cell = t * B + lane;
      const token = distinct[places[cell] as number] as number;
      contexts.set(own, cell * contextTokens);
      contexts[(cell + 1) * contextTokens - 1] = token;
      if (kept > 0) {
        own.copyWithin(0, 1);
        own[kept - 1] = token;
      }
    }
  }
  const rows = lookUpPlain(embedding, contexts); // [T·B·(n − 1), E]
  return {
    x: tf.reshape(rows, [T * B, contextTokens * embedding.shape[1]]),
    after: tf.keep(tf.tensor2d(history, [B, kept])),
  };
}

/** Rows of a table by ids that are plain numbers: no tensor of them has to live until the gradient is taken. */
function lookUpPlain(table: tf.Tensor2D, ids: Int32Array): tf.Tensor2D {
  const rows = tf.customGrad((x) => ({
    value: tf.gather(x as tf.Tensor2D, tf.tensor1d(ids, "int32")),
    gradFunc: (dy: tf.Tensor2D) =>
      tf.scatterND<tf.Rank.R2>(tf.tensor2d(ids, [ids.length, 1], "int32"), dy, table.shape),
  }));
  return rows(table);
}
