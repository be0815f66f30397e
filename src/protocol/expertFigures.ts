/** Dynamic evaluation (of the softmax's bias where the predictor runs the network, else of all weights), and a cache over the network's hidden states. */
export const ADAPTATIONS = ["dynamicEvaluation", "neuralCache"] as const;

export type Adaptation = (typeof ADAPTATIONS)[number];

/** How well a model does by itself, one in a mixture or one that adapts. */
export interface ExpertFigures {
  readonly nats: number;
  /** Null where tokens are unknown: what they stand for is not spelt out, so their bytes are not paid for. */
  readonly bitsPerByte: number | null;
}
