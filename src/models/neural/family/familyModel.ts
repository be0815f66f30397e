import * as tf from "@tensorflow/tfjs-core";
import { createRng, type Rng } from "../../../base/rng.ts";
import type { LstmInput, NeuralKernels } from "../neuralKernels.ts";
import type { WeightMap } from "../networkSpec.ts";
import { assignParameters, createParameters, disposeParameters, readParameters } from "../parameters.ts";
import type {
  CarriedState,
  ModelWindow,
  StepChance,
  TrainableModel,
  WindowLoss,
  WindowScores,
} from "../trainableModel.ts";
import { activationPenalty } from "./activationPenalty.ts";
import { embeddingDropout } from "./embeddingDropout.ts";
import { familyShapes, SEQUENCE_LAYERS } from "./familyShapes.ts";
import { type FamilySpec, layerSizes, NO_REGULARISATION, type Regularisation } from "./familySpec.ts";
import { lockedDropout } from "./lockedDropout.ts";
import { headLogits, headLoss, type HeadWeights } from "./softmaxHead.ts";
import { weightDrop } from "./weightDrop.ts";
import { embedContexts } from "./windowEncoder.ts";

/** What one pass over a window is done with. */
interface Pass {
  readonly window: ModelWindow;
  readonly state: CarriedState;
  readonly rates: Regularisation;
  readonly rng: Rng;
}

interface Encoded {
  /** What the softmax reads, [T·B, D] */
  readonly rows: tf.Tensor2D;
  readonly penalty: tf.Scalar | null;
  readonly state: CarriedState;
}

/** Any model of the family: an embedding, layers of one kind or a window, and a softmax or a mixture of them. Owns its parameters. */
export class FamilyModel implements TrainableModel {
  public readonly spec: FamilySpec;
  public readonly kernels: NeuralKernels;
  public readonly parameters: ReadonlyMap<string, tf.Variable>;

  /** @param weights copied; every name and size of `familyShapes`, or `LmError("modelMismatch")` is thrown */
  public constructor(spec: FamilySpec, weights: WeightMap, kernels: NeuralKernels) {
    this.spec = spec;
    this.kernels = kernels;
    this.parameters = createParameters(familyShapes(spec), weights);
  }

  public get vocabularySize(): number {
    return this.spec.vocabularySize;
  }

  /** Zeros, by `LAYER/NAME`; for a window START, as `context`. */
  public initialState(laneCount: number): CarriedState {
    const { kind, contextTokens, headCount } = this.spec;
    const zeros = (shape: readonly number[]): tf.Tensor => tf.keep(tf.zeros([...shape]));
    if (kind === "window") {
      return new Map([["context", zeros([laneCount, contextTokens - 1])]]);
    }
    return new Map(
      layerSizes(this.spec).flatMap((sizes, layer) =>
        SEQUENCE_LAYERS[kind]
          .stateShapes(sizes, { laneCount, headCount })
          .map(({ name, shape }) => [`${layer}/${name}`, zeros(shape)] as const),
      ),
    );
  }

  /** As in `TrainableModel`; the chance's rate, where it is above a rate of the specification, takes its place between layers and behind them. */
  public windowLoss(window: ModelWindow, state: CarriedState, { dropoutRate, seed }: StepChance): WindowLoss {
    const own = this.spec.regularisation;
    const rates = {
      ...own,
      hiddenDropout: Math.max(own.hiddenDropout, dropoutRate),
      outputDropout: Math.max(own.outputDropout, dropoutRate),
    };
    const rng = createRng(seed);
    const encoded = this.#encode({ window, state, rates, rng });
    const nats = headLoss(
      {
        rows: encoded.rows,
        head: this.#head,
        kernels: this.kernels,
        dropLatent: (latent) => this.#dropped(latent, { rate: rates.latentDropout, rates, rng, window }),
      },
      window,
    );
    return { nats, penalty: encoded.penalty, state: encoded.state };
  }

  public windowScores(window: ModelWindow, state: CarriedState): WindowScores {
    const encoded = this.#encode({ window, state, rates: NO_REGULARISATION, rng: createRng(0) });
    const logits = headLogits({ rows: encoded.rows, head: this.#head, kernels: this.kernels });
    return { logits, rows: encoded.rows, state: encoded.state };
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

  #encode(pass: Pass): Encoded {
    return this.spec.kind === "window" ? this.#encodeWindow(pass) : this.#encodeSequence(pass);
  }

  /** y of Bengio et al. (2003), equation 1, up to the softmax: tanh(d + H·x), and x itself where connections are direct. */
  #encodeWindow({ window, state, rates, rng }: Pass): Encoded {
    const { contextTokens, hasDirectConnections, layerCount } = this.spec;
    const before = state.get("context") as tf.Tensor2D;
    const { x, after } = embedContexts({
      input: window.input,
      before,
      contextTokens,
      embedding: this.#matrix("embedding"),
    });
    let h = this.#dropped(x, { rate: rates.inputDropout, rates, rng, window });
    for (let layer = 0; layer < layerCount; layer++) {
      const kernel = this.#matrix(`window/${layer}/inputKernel`);
      const bias = this.#parameter(`window/${layer}/bias`) as tf.Tensor1D;
      h = tf.tanh(this.kernels.affine({ x: h, kernel, isTransposed: false, bias }));
      const rate = layer === layerCount - 1 ? rates.outputDropout : rates.hiddenDropout;
      h = this.#dropped(h, { rate, rates, rng, window });
    }
    const rows = hasDirectConnections ? tf.concat([h, x], 1) : h;
    return { rows, penalty: null, state: new Map([["context", after]]) };
  }

  #encodeSequence({ window, state, rates, rng }: Pass): Encoded {
    const { kind, layerCount, isResidual, headCount, depth } = this.spec;
    const layer = SEQUENCE_LAYERS[kind as keyof typeof SEQUENCE_LAYERS];
    const next = new Map<string, tf.Tensor>();
    const { isLocked } = rates;
    let input = this.#input({ window, state, rates, rng });
    let raw: tf.Tensor3D | undefined;
    for (const [index, sizes] of layerSizes(this.spec).entries()) {
      const { laneCount } = window.input.window;
      const named = layer.stateShapes(sizes, { laneCount, headCount });
      const result = layer.run({
        ...sizes,
        input,
        state: named.map(({ name }) => state.get(`${index}/${name}`) as tf.Tensor),
        weight: this.#layerWeights(`${kind}/${index}`, { rate: rates.weightDrop, rng }),
        window: window.input.window,
        kernels: this.kernels,
        headCount,
        depth,
      });
      named.forEach(({ name }, position) => next.set(`${index}/${name}`, result.state[position] as tf.Tensor));
      raw = result.h;
      if (isResidual && input.kind === "vectors" && sizes.inputSize === sizes.hiddenSize) {
        raw = tf.add<tf.Tensor3D>(raw, input.x);
      }
      const rate = index === layerCount - 1 ? rates.outputDropout : rates.hiddenDropout;
      input = { kind: "vectors", x: lockedDropout(raw, { rate, isLocked, rng }) };
    }
    const dropped = (input as Extract<LstmInput, { kind: "vectors" }>).x;
    const penalty = activationPenalty({ dropped, raw: raw as tf.Tensor3D }, rates);
    return { rows: tf.reshape(dropped, [-1, dropped.shape[2]]), penalty, state: next };
  }

  /** What the first layer reads: tokens with the embedding as their table, unless something is done to the vectors. */
  #input({ window, rates, rng }: Pass): LstmInput {
    const { tokens, window: shape } = window.input;
    const table = this.#matrix("embedding");
    if (rates.embeddingDropout === 0 && rates.inputDropout === 0 && !this.spec.isResidual) {
      return { kind: "tokens", tokens, table };
    }
    const distinct = this.kernels.lookUp(table, tokens.distinct);
    const vectors = embeddingDropout(distinct, { rate: rates.embeddingDropout, rng });
    const rows = this.kernels.lookUp(vectors, tokens.places); // [T·B, E]
    const x = tf.reshape<tf.Rank.R3>(rows, [shape.windowTokens, shape.laneCount, rows.shape[1]]);
    return { kind: "vectors", x: lockedDropout(x, { rate: rates.inputDropout, isLocked: rates.isLocked, rng }) };
  }

  #dropped(
    rows: tf.Tensor2D,
    { rate, rates, rng, window }: Pick<Pass, "rates" | "rng" | "window"> & { readonly rate: number },
  ): tf.Tensor2D {
    const { windowTokens, laneCount } = window.input.window;
    const x = tf.reshape<tf.Rank.R3>(rows, [windowTokens, laneCount, rows.shape[1]]);
    return tf.reshape(lockedDropout(x, { rate, isLocked: rates.isLocked, rng }), rows.shape);
  }

  /** A layer's parameters by their own names; recurrent matrices with elements dropped, the same ones however often they are asked for. */
  #layerWeights(prefix: string, drop: { readonly rate: number; readonly rng: Rng }): (name: string) => tf.Tensor {
    const dropped = new Map<string, tf.Tensor>();
    return (name) => {
      const parameter = this.#parameter(`${prefix}/${name}`);
      if (drop.rate === 0 || !name.endsWith("recurrentKernel")) {
        return parameter;
      }
      const known = dropped.get(name) ?? weightDrop(parameter, drop);
      dropped.set(name, known);
      return known;
    };
  }

  get #head(): HeadWeights {
    const { isTied, softmaxCount } = this.spec;
    return {
      kernel: this.#matrix(isTied ? "embedding" : "softmax/kernel"),
      bias: this.#parameter("softmax/bias") as tf.Tensor1D,
      mixture:
        softmaxCount === 1
          ? null
          : {
              softmaxCount,
              priorKernel: this.#matrix("mixture/priorKernel"),
              priorBias: this.#parameter("mixture/priorBias") as tf.Tensor1D,
              latentKernel: this.#matrix("mixture/latentKernel"),
              latentBias: this.#parameter("mixture/latentBias") as tf.Tensor1D,
            },
    };
  }

  #matrix(name: string): tf.Tensor2D {
    return this.#parameter(name) as tf.Variable<tf.Rank.R2>;
  }

  #parameter(name: string): tf.Variable {
    return this.parameters.get(name) as tf.Variable;
  }
}
