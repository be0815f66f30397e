/** Sizes of a recurrent network with tied softmax: V pieces, embedding and hidden size H, L layers. */
export interface NetworkSpec {
  readonly cell: "lstm";
  /** V */
  readonly vocabularySize: number;
  /** H: size of the hidden state; the embedding has the same, since the softmax is tied to it (Press and Wolf 2017). */
  readonly hiddenSize: number;
  /** L */
  readonly layerCount: number;
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
 * - `softmax/bias` [V]
 */
export function parameterShapes(spec: NetworkSpec): readonly ParameterShape[] {
  const { vocabularySize: V, hiddenSize: H, layerCount: L } = spec;
  const shapes: ParameterShape[] = [{ name: "embedding", shape: [V, H] }];
  for (let layer = 0; layer < L; layer++) {
    shapes.push(
      { name: `lstm/${layer}/inputKernel`, shape: [H, 4 * H] },
      { name: `lstm/${layer}/recurrentKernel`, shape: [H, 4 * H] },
      { name: `lstm/${layer}/bias`, shape: [4 * H] },
    );
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
