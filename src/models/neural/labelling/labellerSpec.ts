import { CELL_BLOCKS, CELL_KINDS, type CellKind, type ParameterShape } from "../networkSpec.ts";

/**
 * What is labelled and from what: `each` unit from the layers' outputs there; the whole text from the `last` output of each direction, from their `mean`
 * or from the largest of each (`max`).
 */
export const LABEL_HEADS = ["each", "last", "mean", "max"] as const;

export type LabelHead = (typeof LABEL_HEADS)[number];

/** Which way a text is read: from both ends (Schuster and Paliwal 1997), or from its beginning only, to be compared with. */
export const READING_DIRECTIONS = ["both", "forward"] as const;

export type ReadingDirection = (typeof READING_DIRECTIONS)[number];

/** Sizes and choices of a network that labels texts: a table, layers that read it one way or both, and a softmax over the labels. */
export interface LabellerSpec {
  readonly cell: CellKind;
  readonly directions: ReadingDirection;
  readonly head: LabelHead;
  /** V: rows of the table, all fields together */
  readonly vocabularySize: number;
  /** d */
  readonly embeddingSize: number;
  /** h, of each direction */
  readonly hiddenSize: number;
  /** L */
  readonly layerCount: number;
  /** K */
  readonly labelCount: number;
  /** Share of the units of what the first layer, the layers behind it and the softmax read that are dropped while training, in [0, 1). */
  readonly dropout: number;
}

export const LABELLER_LIMITS = {
  embeddingSize: { least: 1, most: 1024 },
  hiddenSize: { least: 1, most: 1024 },
  layerCount: { least: 1, most: 4 },
  labelCount: { least: 2, most: 10_000 },
} as const;

/** The directions that a specification reads in, by the name that their parameters have. */
export function directionNames({ directions }: Pick<LabellerSpec, "directions">): readonly ("forward" | "backward")[] {
  return directions === "both" ? ["forward", "backward"] : ["forward"];
}

/** D: width of what the softmax reads. */
export function labellerWidth(spec: Pick<LabellerSpec, "directions" | "hiddenSize">): number {
  return directionNames(spec).length * spec.hiddenSize;
}

/**
 * Names and shapes of all parameters, in the order in which they are stored: `embedding` [V, d]; for each layer and direction
 * `CELL/LAYER/DIRECTION/inputKernel`, `…/recurrentKernel` and `…/bias` as `parameterShapes` has them; `output/kernel` [K, D]; `output/bias` [K].
 */
export function labellerShapes(spec: LabellerSpec): readonly ParameterShape[] {
  const { cell, vocabularySize: V, embeddingSize: E, hiddenSize: H, layerCount, labelCount: K } = spec;
  const { kernel, bias } = CELL_BLOCKS[cell];
  const D = labellerWidth(spec);
  const layers = Array.from({ length: layerCount }, (_, layer) =>
    directionNames(spec).flatMap((direction) => [
      { name: `${cell}/${layer}/${direction}/inputKernel`, shape: [layer === 0 ? E : D, kernel * H] },
      { name: `${cell}/${layer}/${direction}/recurrentKernel`, shape: [H, kernel * H] },
      { name: `${cell}/${layer}/${direction}/bias`, shape: [bias * H] },
    ]),
  ).flat();
  return [
    { name: "embedding", shape: [V, E] },
    ...layers,
    { name: "output/kernel", shape: [K, D] },
    { name: "output/bias", shape: [K] },
  ];
}

/** Number of scalars in all parameters. */
export function labellerParameterCount(spec: LabellerSpec): number {
  return labellerShapes(spec).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

/** What is wrong with a specification, in words that say what to change; null where nothing is. */
export function labellerFault(spec: LabellerSpec): string | null {
  if (!CELL_KINDS.includes(spec.cell)) {
    return `cell is "${spec.cell}"; choose one of ${CELL_KINDS.join(", ")}.`;
  }
  for (const [name, { least, most }] of Object.entries(LABELLER_LIMITS)) {
    const value = spec[name as keyof typeof LABELLER_LIMITS];
    if (!Number.isInteger(value) || value < least || value > most) {
      return `${name} is ${value}; choose a whole number from ${least} to ${most}.`;
    }
  }
  return spec.dropout >= 0 && spec.dropout < 1
    ? null
    : `dropout is ${spec.dropout}; choose a rate of at least 0 and below 1.`;
}
