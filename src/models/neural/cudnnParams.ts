import * as tf from "@tensorflow/tfjs-core";

/** A layer's weights as the models have them: column blocks i, g, f, o. */
export interface LayerWeights {
  /** [I, 4H] */
  readonly inputKernel: tf.Tensor2D;
  /** [H, 4H] */
  readonly recurrentKernel: tf.Tensor2D;
  /** [4H] */
  readonly bias: tf.Tensor1D;
}

/** cuDNN's blocks are i, f, g, o, so these two change places. */
const ORDER = [0, 2, 1, 3] as const;
const BLOCKS = ORDER.length;

/**
 * One layer's weights as cuDNN keeps them, [4H·I + 4H·H + 8H]: the blocks of W, each [H, I] with a row for an output, those of R, and the biases of
 * both, of which the input's are zero (the order of `CudnnRNNCanonicalToParamsV2`, which for one layer in one direction is this concatenation).
 */
export function packCudnnParams({ inputKernel, recurrentKernel, bias }: LayerWeights): tf.Tensor1D {
  const biases = reorder(tf.reshape<tf.Rank.R2>(bias, [1, -1]));
  return tf.tidy(() =>
    tf.concat1d([
      flattened(reorder(inputKernel)),
      flattened(reorder(recurrentKernel)),
      tf.zerosLike(bias),
      tf.reshape<tf.Rank.R1>(biases, [-1]),
    ]),
  );
}

/** The weights' gradients out of that of the parameters; the input's bias, which is always zero, is none of them. */
export function unpackCudnnGradient(
  gradient: tf.Tensor1D,
  { inputSize: I, hiddenSize: H }: { readonly inputSize: number; readonly hiddenSize: number },
): readonly [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D] {
  return tf.tidy(() => {
    const width = BLOCKS * H;
    const blocks = (from: number, rows: number): tf.Tensor2D =>
      reorder(tf.transpose(tf.reshape<tf.Rank.R2>(tf.slice(gradient, from, width * rows), [width, rows])));
    const bias = tf.reshape<tf.Rank.R2>(tf.slice(gradient, width * (I + H) + width, width), [1, width]);
    return [blocks(0, I), blocks(width * I, H), tf.reshape<tf.Rank.R1>(reorder(bias), [width])] as never;
  });
}

/** Exchanges the middle ones of four column blocks, which is its own inverse. */
function reorder(kernel: tf.Tensor2D): tf.Tensor2D {
  const blocks = tf.split(kernel, BLOCKS, 1);
  return tf.concat2d(
    ORDER.map((from) => blocks[from] as tf.Tensor2D),
    1,
  );
}

/** [I, 4H] as four blocks [H, I] behind each other, which is its transpose. */
function flattened(kernel: tf.Tensor2D): tf.Tensor1D {
  return tf.reshape<tf.Rank.R1>(tf.transpose(kernel), [-1]);
}
