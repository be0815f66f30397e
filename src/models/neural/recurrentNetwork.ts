import * as tf from "@tensorflow/tfjs-core";
import { LmError } from "../../base/errors.ts";
import type { LstmInput, LstmState, LstmWeights, LstmWindow, NeuralKernels } from "./neuralKernels.ts";
import type { TokenWindow } from "./tokenWindow.ts";
import { parameterShapes, type NetworkSpec, type WeightMap } from "./networkSpec.ts";

/** What all layers carry from window to window; index = layer. */
export type NetworkState = readonly LstmState[];

/** One window as tensors; time-major, so that a step's rows lie together. */
export interface NetworkInput {
  /** Each in [0, V); borrowed */
  readonly tokens: TokenWindow;
  readonly window: LstmWindow;
}

/** What a training step passes to the network beyond its window. */
export interface ForwardOptions {
  /**
   * Locked dropout (Gal and Ghahramani 2016): one mask a layer, float32 [1, B, H], that its outputs are multiplied by at every
   * time step; 0 for units that are dropped and 1 / (1 − rate) for the others. Borrowed until the gradient was taken.
   */
  readonly dropoutMasks?: readonly tf.Tensor3D[];
}

export interface NetworkTargets {
  /** int32 [N], each in [0, V) */
  readonly targets: tf.Tensor1D;
  /** [N] */
  readonly weights: tf.Tensor1D;
}

export interface NetworkOutput {
  /** The top layer's, [T·B, H], time-major; differentiable in the parameters */
  readonly rows: tf.Tensor2D;
  /** Kept outside the current `tf.tidy`; the caller disposes it with `disposeState`. */
  readonly state: NetworkState;
}

/** Embedding, L LSTM layers, softmax tied to the embedding; owns the parameters. */
export class RecurrentNetwork {
  public readonly spec: NetworkSpec;
  readonly #kernels: NeuralKernels;
  readonly #parameters: ReadonlyMap<string, tf.Variable>;

  /** @param weights copied; every name and size of `parameterShapes`, or `LmError("modelMismatch")` is thrown */
  public constructor(spec: NetworkSpec, weights: WeightMap, kernels: NeuralKernels) {
    this.spec = spec;
    this.#kernels = kernels;
    this.#parameters = new Map(
      parameterShapes(spec).map(({ name, shape }) => [name, createParameter(weights.get(name), { name, shape })]),
    );
  }

  /** The parameters by name, in stored order; owned by the network, changed by the optimizer. */
  public get parameters(): ReadonlyMap<string, tf.Variable> {
    return this.#parameters;
  }

  /** The seam this network computes through. */
  public get kernels(): NeuralKernels {
    return this.#kernels;
  }

  /** A state of zeros for B lanes; the caller disposes it with `disposeState`. */
  public zeroState(laneCount: number): NetworkState {
    const zeros = (): tf.Tensor2D => tf.keep(tf.zeros<tf.Rank.R2>([laneCount, this.spec.hiddenSize]));
    return Array.from({ length: this.spec.layerCount }, () => ({ h: zeros(), c: zeros() }));
  }

  /** Unrolls the network over one window. @param state borrowed */
  public forward({ tokens, window }: NetworkInput, state: NetworkState, options: ForwardOptions = {}): NetworkOutput {
    const { hiddenSize: H, layerCount: L } = this.spec;
    const next: LstmState[] = [];
    let input: LstmInput = { kind: "tokens", tokens, table: this.#embedding };
    for (let layer = 0; layer < L; layer++) {
      const result = this.#kernels.lstmSequence({
        input,
        state: state[layer] as LstmState,
        weights: this.#layerWeights(layer),
        window,
      });
      next.push(result.state);
      const mask = options.dropoutMasks?.[layer];
      input = { kind: "vectors", x: mask === undefined ? result.h : tf.mul<tf.Tensor3D>(result.h, mask) };
    }
    const top = (input as Extract<LstmInput, { kind: "vectors" }>).x; // [T, B, H]
    const rows = tf.reshape<tf.Rank.R2>(top, [window.windowTokens * window.laneCount, H]); // [T·B, H]
    return { rows, state: next };
  }

  /** Unnormalised scores of every token, [N, V]. @param rows of `forward`, [N, H] */
  public logits(rows: tf.Tensor2D): tf.Tensor2D {
    return this.#kernels.affine({ x: rows, kernel: this.#embedding, isTransposed: true, bias: this.#softmaxBias });
  }

  /** Σ weight · nats over the rows. @param rows of `forward`, [N, H] */
  public loss(rows: tf.Tensor2D, { targets, weights }: NetworkTargets): tf.Scalar {
    return this.#kernels.softmaxLoss({
      rows,
      embedding: this.#embedding,
      bias: this.#softmaxBias,
      targets,
      weights,
    });
  }

  /** A copy of all parameters as plain arrays. */
  public readWeights(): WeightMap {
    return new Map([...this.#parameters].map(([name, variable]) => [name, Float32Array.from(variable.dataSync())]));
  }

  /** Replaces all parameters; `weights` is copied. */
  public assignWeights(weights: WeightMap): void {
    for (const [name, variable] of this.#parameters) {
      const values = expectValues(weights.get(name), { name, shape: variable.shape });
      tf.tidy(() => {
        variable.assign(tf.tensor(values.slice(), variable.shape, "float32"));
      });
    }
  }

  public dispose(): void {
    for (const variable of this.#parameters.values()) {
      if (!variable.isDisposed) {
        variable.dispose();
      }
    }
  }

  get #embedding(): tf.Variable<tf.Rank.R2> {
    return this.#parameter("embedding") as tf.Variable<tf.Rank.R2>;
  }

  get #softmaxBias(): tf.Variable<tf.Rank.R1> {
    return this.#parameter("softmax/bias") as tf.Variable<tf.Rank.R1>;
  }

  #layerWeights(layer: number): LstmWeights {
    return {
      inputKernel: this.#parameter(`lstm/${layer}/inputKernel`) as tf.Variable<tf.Rank.R2>,
      recurrentKernel: this.#parameter(`lstm/${layer}/recurrentKernel`) as tf.Variable<tf.Rank.R2>,
      bias: this.#parameter(`lstm/${layer}/bias`) as tf.Variable<tf.Rank.R1>,
    };
  }

  #parameter(name: string): tf.Variable {
    return this.#parameters.get(name) as tf.Variable;
  }
}

/** Releases a state. Twice is allowed. */
export function disposeState(state: NetworkState): void {
  for (const { h, c } of state) {
    h.dispose();
    c.dispose();
  }
}

interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

function createParameter(values: Float32Array | undefined, named: NamedShape): tf.Variable {
  const copy = expectValues(values, named).slice();
  return tf.tidy(() => tf.variable(tf.tensor(copy, [...named.shape], "float32"), true));
}

function expectValues(values: Float32Array | undefined, { name, shape }: NamedShape): Float32Array {
  const size = shape.reduce((a, b) => a * b, 1);
  if (values?.length !== size) {
    const found = values === undefined ? "none" : `${values.length}`;
    throw new LmError(
      "modelMismatch",
      `Expected ${size} values for parameter ${name} of shape [${shape.join(", ")}], got ${found}.`,
    );
  }
  return values;
}
