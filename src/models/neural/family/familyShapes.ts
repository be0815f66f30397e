import type { ParameterShape } from "../networkSpec.ts";
import { elmanLayer } from "./elmanLayer.ts";
import { type FamilyKind, type FamilySpec, layerSizes } from "./familySpec.ts";
import { gruLayer } from "./gruLayer.ts";
import { highwayLayer } from "./highwayLayer.ts";
import { lstmLayer } from "./lstmLayer.ts";
import { peepholeLstmLayer } from "./peepholeLstmLayer.ts";
import { qrnnLayer } from "./qrnnLayer.ts";
import { retentionLayer } from "./retentionLayer.ts";
import type { SequenceLayer } from "./sequenceLayer.ts";

/** The layers of the recurrent kinds. */
export const SEQUENCE_LAYERS: Readonly<Record<Exclude<FamilyKind, "window">, SequenceLayer>> = {
  rnn: elmanLayer,
  lstm: lstmLayer,
  peepholeLstm: peepholeLstmLayer,
  gru: gruLayer,
  highway: highwayLayer,
  qrnn: qrnnLayer,
  retention: retentionLayer,
};

/**
 * Names and shapes of all parameters, in the order in which they are stored: `embedding` [V, E]; the layers', as `KIND/LAYER/NAME`; where softmaxes are
 * mixed, `mixture/…`; `softmax/kernel` [V, D] where the softmax is not tied to the embedding; `softmax/bias` [V].
 */
export function familyShapes(spec: FamilySpec): readonly ParameterShape[] {
  const { kind, vocabularySize: V, embeddingSize: E, isTied, softmaxCount: K, depth } = spec;
  const sizes = layerSizes(spec);
  const layers = sizes.flatMap((size, layer) => {
    const own =
      kind === "window"
        ? [
            { name: "inputKernel", shape: [size.inputSize, size.hiddenSize] },
            { name: "bias", shape: [size.hiddenSize] },
          ]
        : SEQUENCE_LAYERS[kind].shapes(size, { depth });
    return own.map(({ name, shape }) => ({ name: `${kind}/${layer}/${name}`, shape }));
  });
  const D = topSize(spec);
  const mixture =
    K === 1
      ? []
      : [
          { name: "mixture/priorKernel", shape: [D, K] },
          { name: "mixture/priorBias", shape: [K] },
          { name: "mixture/latentKernel", shape: [D, K * E] },
          { name: "mixture/latentBias", shape: [K * E] },
        ];
  const softmax = isTied ? [] : [{ name: "softmax/kernel", shape: [V, K === 1 ? D : E] }];
  return [
    { name: "embedding", shape: [V, E] },
    ...layers,
    ...mixture,
    ...softmax,
    { name: "softmax/bias", shape: [V] },
  ];
}

/** D: width of what the softmax, or the mixture of them, reads. */
export function topSize(spec: FamilySpec): number {
  const sizes = layerSizes(spec);
  const top = sizes[sizes.length - 1]?.hiddenSize ?? 0;
  return spec.hasDirectConnections ? top + (sizes[0]?.inputSize ?? 0) : top;
}

/** Number of scalars in all parameters. */
export function familyParameterCount(spec: FamilySpec): number {
  return familyShapes(spec).reduce((sum, { shape }) => sum + product(shape), 0);
}

/**
 * Multiplications of weights that one token costs: each matrix once, the softmax once for each of those that are mixed, the look-up none.
 * The elementwise part is linear in H and small beside it.
 */
export function multiplicationsPerToken(spec: FamilySpec): number {
  const { vocabularySize: V, embeddingSize: E, softmaxCount: K } = spec;
  const matrices = familyShapes(spec).filter(
    ({ name, shape }) => shape.length === 2 && name !== "embedding" && name !== "softmax/kernel",
  );
  const width = K === 1 ? topSize(spec) : E;
  return matrices.reduce((sum, { shape }) => sum + product(shape), 0) + K * V * width;
}

function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
