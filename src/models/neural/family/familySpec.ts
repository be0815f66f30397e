/** What turns the tokens read so far into a vector; a recurrent kind is a stack of such layers. */
export const FAMILY_KINDS = ["window", "rnn", "lstm", "peepholeLstm", "gru", "highway", "qrnn", "retention"] as const;

export type FamilyKind = (typeof FAMILY_KINDS)[number];

/** Rates in [0, 1) of what is dropped while training, and weights of what is added to the loss; 0 switches each off. */
export interface Regularisation {
  /** Of whole words from the embedding (Merity et al. 2018, section 4.3). */
  readonly embeddingDropout: number;
  /** Of the units of the vectors that the first layer reads. */
  readonly inputDropout: number;
  /** Of the units between layers. */
  readonly hiddenDropout: number;
  /** Of the units that the softmax reads. */
  readonly outputDropout: number;
  /** Of the units of the K vectors that a mixture's softmaxes read (Yang et al. 2018, in their code `dropoutl`). */
  readonly latentDropout: number;
  /** Of the elements of the recurrent matrices (section 2). */
  readonly weightDrop: number;
  /** α of section 4.5: large outputs of the last layer cost. */
  readonly activation: number;
  /** β of section 4.5: changes from step to step cost. */
  readonly temporalActivation: number;
  /** Whether one mask serves all steps of a window (Gal and Ghahramani 2016), or each has its own (Zaremba et al. 2014). */
  readonly isLocked: boolean;
}

/** Sizes and choices of a model of the family: embedding, layers, softmax. */
export interface FamilySpec {
  readonly kind: FamilyKind;
  /** V */
  readonly vocabularySize: number;
  /** E */
  readonly embeddingSize: number;
  /** H; the last layer is E wide where the softmax is tied to the embedding. */
  readonly hiddenSize: number;
  /** Width of the last layer, D of Yang et al. (2018); 0: as wide as the others, or as `hiddenSize` says. */
  readonly lastSize: number;
  /** L */
  readonly layerCount: number;
  /** Whether the softmax reads with the embedding's own vectors (Press and Wolf 2017). */
  readonly isTied: boolean;
  /** Whether a layer's input is added to its output where both are as wide (He et al. 2016). */
  readonly isResidual: boolean;
  /** Of a window: tokens that it sees, n − 1 of Bengio et al. (2003). */
  readonly contextTokens: number;
  /** Of a window: whether the softmax reads the embedded context as well, W of equation 1. */
  readonly hasDirectConnections: boolean;
  /** Of a recurrent highway: steps through which each token passes, L of Zilly et al. (2017). */
  readonly depth: number;
  /** Of retention: heads, each with a decay of its own. */
  readonly headCount: number;
  /** Softmaxes that are mixed, K of Yang et al. (2018); 1 for a plain one. */
  readonly softmaxCount: number;
  /** Every weight and bias begins uniform in ± this, as in Zaremba et al. (2014); 0: as `familyWeights` finds best. */
  readonly initialBound: number;
  readonly regularisation: Regularisation;
}

export const NO_REGULARISATION: Regularisation = {
  embeddingDropout: 0,
  inputDropout: 0,
  hiddenDropout: 0,
  outputDropout: 0,
  latentDropout: 0,
  weightDrop: 0,
  activation: 0,
  temporalActivation: 0,
  isLocked: true,
};

/** One layer of 200 units, tied, without anything special: what the others differ from. */
export const DEFAULT_FAMILY_SPEC: Omit<FamilySpec, "vocabularySize"> = {
  kind: "lstm",
  embeddingSize: 200,
  hiddenSize: 200,
  lastSize: 0,
  layerCount: 1,
  isTied: true,
  isResidual: false,
  contextTokens: 5,
  hasDirectConnections: false,
  depth: 3,
  headCount: 4,
  softmaxCount: 1,
  initialBound: 0,
  regularisation: NO_REGULARISATION,
};

/** What a layer reads and writes. */
export interface LayerSizes {
  /** I */
  readonly inputSize: number;
  /** H */
  readonly hiddenSize: number;
}

/** The sizes of all layers, the first one first. */
export function layerSizes(spec: FamilySpec): readonly LayerSizes[] {
  const { embeddingSize, hiddenSize, lastSize, layerCount, kind, contextTokens } = spec;
  const first = kind === "window" ? contextTokens * embeddingSize : embeddingSize;
  const own = isReadByEmbedding(spec) ? embeddingSize : hiddenSize;
  const last = lastSize === 0 ? own : lastSize;
  return Array.from({ length: layerCount }, (_, layer) => ({
    inputSize: layer === 0 ? first : hiddenSize,
    hiddenSize: layer === layerCount - 1 ? last : hiddenSize,
  }));
}

/** Whether the embedding reads the last layer itself; a mixture of softmaxes has a projection of its own onto the embedding's width. */
function isReadByEmbedding({ isTied, softmaxCount }: FamilySpec): boolean {
  return isTied && softmaxCount === 1;
}

/** Ranges of the whole numbers in a specification. */
export const FAMILY_LIMITS = {
  layerCount: { least: 1, most: 8 },
  hiddenSize: { least: 1, most: 8192 },
  embeddingSize: { least: 1, most: 8192 },
  depth: { least: 1, most: 20 },
  headCount: { least: 1, most: 64 },
  softmaxCount: { least: 1, most: 64 },
} as const;

/** What is wrong with a specification, in words that say what to change; null where nothing is. */
export function familyFault(spec: FamilySpec): string | null {
  for (const [name, { least, most }] of Object.entries(FAMILY_LIMITS)) {
    const value = spec[name as keyof typeof FAMILY_LIMITS];
    if (!Number.isInteger(value) || value < least || value > most) {
      return `${name} is ${value}; choose a whole number from ${least} to ${most}.`;
    }
  }
  if (!Number.isInteger(spec.contextTokens) || spec.contextTokens < 1 || spec.contextTokens > 1024) {
    return `contextTokens is ${spec.contextTokens}; choose a whole number from 1 to 1024.`;
  }
  const { lastSize, embeddingSize, regularisation, softmaxCount } = spec;
  if (!Number.isInteger(lastSize) || lastSize < 0 || lastSize > FAMILY_LIMITS.hiddenSize.most) {
    return `lastSize is ${lastSize}; choose a whole number from 1 to ${FAMILY_LIMITS.hiddenSize.most}, or 0 for a last layer like the others.`;
  }
  if (lastSize !== 0 && lastSize !== embeddingSize && isReadByEmbedding(spec)) {
    return `lastSize is ${lastSize}, but the softmax is tied to an embedding of ${embeddingSize}; set lastSize to 0, isTied to false, or mix softmaxes (softmaxCount above 1).`;
  }
  if (!(spec.initialBound >= 0 && spec.initialBound <= 1)) {
    return `initialBound is ${spec.initialBound}; choose a number above 0 and at most 1, or 0 for the usual beginning.`;
  }
  for (const [name, value] of Object.entries(regularisation)) {
    if (typeof value === "boolean") {
      continue;
    }
    const isPenalty = name === "activation" || name === "temporalActivation";
    if (!(value >= 0) || (!isPenalty && value >= 1)) {
      return `regularisation.${name} is ${value}; choose ${isPenalty ? "0 or more" : "a rate of at least 0 and below 1"}.`;
    }
  }
  if (regularisation.latentDropout > 0 && softmaxCount === 1) {
    return `regularisation.latentDropout is for a mixture of softmaxes; choose a softmaxCount above 1, or set it to 0.`;
  }
  if (spec.hasDirectConnections && spec.kind !== "window") {
    return `hasDirectConnections is for a window; choose "kind": "window", or leave it out.`;
  }
  if (spec.hasDirectConnections && spec.isTied) {
    return `hasDirectConnections and isTied exclude each other: the softmax reads more than an embedding; set one of them to false.`;
  }
  return unusedFault(spec) ?? (spec.kind === "retention" ? retentionFault(spec) : null);
}

/** What some kinds know nothing of: set all the same, it would be of no effect. */
const UNUSED_REGULARISATION: Partial<Readonly<Record<FamilyKind, readonly (keyof Regularisation)[]>>> = {
  window: ["embeddingDropout", "weightDrop", "activation", "temporalActivation"],
  qrnn: ["weightDrop"],
  retention: ["weightDrop"],
};

function unusedFault({ kind, isResidual, regularisation }: FamilySpec): string | null {
  const name = UNUSED_REGULARISATION[kind]?.find((each) => Number(regularisation[each]) > 0);
  if (name !== undefined) {
    return `regularisation.${name} is of no use to "${kind}"; set it to 0.`;
  }
  return kind === "window" && isResidual ? `isResidual is of no use to "window"; set it to false.` : null;
}

function retentionFault(spec: FamilySpec): string | null {
  const uneven = layerSizes(spec).find(({ hiddenSize }) => hiddenSize % spec.headCount !== 0);
  return uneven === undefined
    ? null
    : `Layers of ${uneven.hiddenSize} units cannot be shared by ${spec.headCount} heads; choose a headCount that divides them.`;
}
