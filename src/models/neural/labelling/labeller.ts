import * as tf from "@tensorflow/tfjs-core";
import { createRng, type Rng } from "../../../base/rng.ts";
import { lockedDropout } from "../family/lockedDropout.ts";
import type { NeuralKernels } from "../neuralKernels.ts";
import type { WeightMap } from "../networkSpec.ts";
import { assignParameters, createParameters, disposeParameters, readParameters } from "../parameters.ts";
import type { StepChance } from "../trainableModel.ts";
import { runBidirectional } from "./bidirectionalLayer.ts";
import { directionNames, labellerShapes, type LabellerSpec } from "./labellerSpec.ts";
import type { LabelTensors } from "./labelTensors.ts";
import { poolOutputs } from "./poolOutputs.ts";

export interface LabelLoss {
  /** Σ weight · −ln p(label); differentiable in the parameters */
  readonly nats: tf.Scalar;
  /** Kept outside the current `tf.tidy`; the caller disposes them once the gradient was taken. */
  readonly kept: readonly tf.Tensor[];
}

interface Encoded {
  /** What the softmax reads, [N, D] */
  readonly rows: tf.Tensor2D;
  readonly kept: readonly tf.Tensor[];
}

/**
 * A network that labels each unit of a text, or the whole of it, having read all of it. It is no `TrainableModel`: an output at t has seen what comes
 * after t, so no decoder may take it for a language model. Owns its parameters.
 */
export class Labeller {
  public readonly spec: LabellerSpec;
  public readonly kernels: NeuralKernels;
  public readonly parameters: ReadonlyMap<string, tf.Variable>;

  /** @param weights copied; every name and size of `labellerShapes`, or `LmError("modelMismatch")` is thrown */
  public constructor(spec: LabellerSpec, weights: WeightMap, kernels: NeuralKernels) {
    this.spec = spec;
    this.kernels = kernels;
    this.parameters = createParameters(labellerShapes(spec), weights);
  }

  /** The loss of a batch as training sees it. */
  public loss(batch: LabelTensors, { dropoutRate, seed }: StepChance): LabelLoss {
    const { rows, kept } = this.#encode(batch, { rate: dropoutRate, rng: createRng(seed) });
    const { kernel, bias } = this.#output;
    const { targets, weights } = batch;
    return { nats: this.kernels.softmaxLoss({ rows, embedding: kernel, bias, targets, weights }), kept };
  }

  /** Natural-log probabilities of the labels, float32 [N, K]; the caller owns them. */
  public logProbabilities(batch: LabelTensors): tf.Tensor2D {
    return tf.tidy(() => {
      const { rows, kept } = this.#encode(batch, { rate: 0, rng: createRng(0) });
      const { kernel, bias } = this.#output;
      const scores = tf.logSoftmax(this.kernels.affine({ x: rows, kernel, isTransposed: true, bias }));
      tf.dispose([...kept]);
      return scores;
    });
  }

  public readWeights(): WeightMap {
    return readParameters(this.parameters);
  }

  public assignWeights(weights: WeightMap): void {
    assignParameters(this.parameters, weights);
  }

  public dispose(): void {
    disposeParameters(this.parameters);
  }

  #encode(batch: LabelTensors, chance: { readonly rate: number; readonly rng: Rng }): Encoded {
    const { stepCount: T, laneCount: B } = batch;
    const { cell, layerCount, hiddenSize, head } = this.spec;
    const dropped = (tensor: tf.Tensor3D): tf.Tensor3D => lockedDropout(tensor, { ...chance, isLocked: true });
    const kept: tf.Tensor[] = [];
    let x = dropped(this.#read(batch));
    for (let layer = 0; layer < layerCount; layer++) {
      const weights = directionNames(this.spec).map(
        (direction) => (name: string) => this.#parameter(`${cell}/${layer}/${direction}/${name}`),
      );
      const result = runBidirectional({ cell, x, batch, hiddenSize, weights, kernels: this.kernels });
      kept.push(...result.kept);
      x = dropped(result.h);
    }
    const rows =
      head === "each"
        ? tf.reshape<tf.Rank.R2>(x, [T * B, x.shape[2]])
        : poolOutputs({ h: x, head, hiddenSize, batch, kernels: this.kernels });
    return { rows, kept };
  }

  /** A unit's vector is the sum of its fields', [T, B, d]. */
  #read({ stepCount: T, laneCount: B, ids }: LabelTensors): tf.Tensor3D {
    const table = this.#parameter("embedding") as tf.Tensor2D;
    const F = ids.shape[0] / (T * B);
    const vectors = this.kernels.lookUp(table, ids); // [T·B·F, d]
    return tf.sum(tf.reshape(vectors, [T, B, F, table.shape[1]]), 2);
  }

  get #output(): { readonly kernel: tf.Tensor2D; readonly bias: tf.Tensor1D } {
    return {
      kernel: this.#parameter("output/kernel") as tf.Tensor2D,
      bias: this.#parameter("output/bias") as tf.Tensor1D,
    };
  }

  #parameter(name: string): tf.Variable {
    const parameter = this.parameters.get(name);
    if (parameter === undefined) {
      throw new RangeError(`Expected a parameter of the model, got "${name}"`);
    }
    return parameter;
  }
}
