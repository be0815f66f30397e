import { MATCH_RANKS } from "../../tokens/matchIndex.ts";

/** What a layer computes in a step. */
export const CELL_KINDS = ["lstm", "gru", "rnn"] as const;

export type CellKind = (typeof CELL_KINDS)[number];

/** Blocks of H columns in the kernels of a layer, and in its bias. */
export const CELL_BLOCKS: Readonly<Record<CellKind, { readonly kernel: number; readonly bias: number }>> = {
  lstm: { kernel: 4, bias: 4 },
  gru: { kernel: 3, bias: 4 },
  rnn: { kernel: 1, bias: 1 },
};

/** Names of what reads matches. */
export const MATCH_KERNEL = "match/kernel";
export const MATCH_BIAS = "match/bias";

/** Sizes of a recurrent network with tied softmax: V pieces, embedding and hidden size H, L layers. */
export interface NetworkSpec {
  readonly cell: CellKind;
  /** V */
  readonly vocabularySize: number;
  /** H: size of the hidden state; the embedding has the same, since the softmax is tied to it (Press and Wolf 2017). */
  readonly hiddenSize: number;
  /** L */
  readonly layerCount: number;
  /** Whether the softmax of an LSTM also reads what the last match in the document suggests (`MatchIndex`); where absent it does not. */
  readonly readsMatches?: boolean;
}

export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * Names and shapes of all parameters, in the order in which they are stored.
 *
 * - `embedding` [V, H]: row v is the vector of token v, and also the softmax weights of v (logits = h · embeddingᵀ + bias)
 * - `lstm/l/inputKernel` [H, 4H], `lstm/l/recurrentKernel` [H, 4H], `lstm/l/bias` [4H] for layer l;
 *   the four blocks of columns are input gate i, candidate g, forget gate f, output gate o, in this order
 *   (c = σ(f)·c₋₁ + σ(i)·tanh(g), h = σ(o)·tanh(c)); the forget gate's bias of 1 is inside `bias`
 * - for a GRU (Cho et al. 2014, with the reset gate behind the product, as in cuDNN and PyTorch) `gru/l/inputKernel` and
 *   `gru/l/recurrentKernel` [H, 3H] with the blocks reset gate r, update gate z, candidate n, and `gru/l/bias` [4H], the bias of r, z, n from
 *   the input and of n from the state (n = tanh(x·Wₙ + bₙ + σ(r)·(h₋₁·Rₙ + b'ₙ)), h = (1 − σ(z))·n + σ(z)·h₋₁)
 * - for a simple network (Elman 1990) `rnn/l/inputKernel` and `rnn/l/recurrentKernel` [H, H] and `rnn/l/bias` [H] (h = tanh(x·W + h₋₁·R + b))
 * - where matches are read, `match/kernel` [H, R] and `match/bias` [R]: what the softmax reads behind a match of rank r that suggests token v is
 *   h + (h · kernel_r + bias_r) / √H · embedding_v, a way past the network to the softmax, so that copying need not be learnt; without a match it is h
 * - `softmax/bias` [V]
 */
export function parameterShapes(spec: NetworkSpec): readonly ParameterShape[] {
  const { vocabularySize: V, hiddenSize: H, layerCount: L } = spec;
  const { kernel, bias } = CELL_BLOCKS[spec.cell];
  const shapes: ParameterShape[] = [{ name: "embedding", shape: [V, H] }];
  for (let layer = 0; layer < L; layer++) {
    shapes.push(
      { name: `${spec.cell}/${layer}/inputKernel`, shape: [H, kernel * H] },
      { name: `${spec.cell}/${layer}/recurrentKernel`, shape: [H, kernel * H] },
      { name: `${spec.cell}/${layer}/bias`, shape: [bias * H] },
    );
  }
  if (spec.readsMatches === true) {
    shapes.push({ name: MATCH_KERNEL, shape: [H, MATCH_RANKS] }, { name: MATCH_BIAS, shape: [MATCH_RANKS] });
  }
  shapes.push({ name: "softmax/bias", shape: [V] });
  return shapes;
}

/** Number of scalars in all parameters. */
export function parameterCount(spec: NetworkSpec): number {
  return parameterShapes(spec).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

/** Parameter values by name, float32, row-major in the shape that `parameterShapes` gives. */
export type WeightMap = ReadonlyMap<string, Float32Array>;

/** A look-up in weights that are all there with the right sizes; throws `RangeError` where they are not. */
export function checkedWeights(spec: NetworkSpec, weights: WeightMap): (name: string) => Float32Array {
  for (const { name, shape } of parameterShapes(spec)) {
    const size = shape.reduce((a, b) => a * b, 1);
    const got = weights.get(name)?.length;
    if (got !== size) {
      throw new RangeError(`Expected weights \`${name}\` with ${size} elements, got ${got ?? "none"}`);
    }
  }
  return (name) => {
    const values = weights.get(name);
    if (values === undefined) {
      throw new RangeError(`Expected \`name\` to be a parameter of the network, got ${name}`);
    }
    return values;
  };
}
