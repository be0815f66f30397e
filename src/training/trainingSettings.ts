/** How parameters are improved; sizes of the network are in `NetworkSpec`. */
export interface TrainingSettings {
  /** B: parallel streams of text. */
  readonly laneCount: number;
  /** T: tokens of a lane that one step reads, and through which gradients flow. */
  readonly windowTokens: number;
  /** Highest learning rate, reached after the warm-up. */
  readonly learningRate: number;
  /** Learning rate at the end, as a share of the highest. */
  readonly finalRateShare: number;
  /** Share of the run in which the rate rises linearly. */
  readonly warmUpShare: number;
  /** Adam's decay of the first moment. */
  readonly beta1: number;
  /** Adam's decay of the second moment. */
  readonly beta2: number;
  /** Adam's term against division by zero. */
  readonly epsilon: number;
  /** λ: share of each matrix that a step takes away, times the learning rate. */
  readonly weightDecay: number;
  /** Rise of the dropout rate with every pass over the text after the first. */
  readonly dropoutPerPass: number;
  /** Highest dropout rate, in [0, 1). */
  readonly maxDropout: number;
  /** Largest global norm of a step's gradient. */
  readonly clipNorm: number;
  /** Share of the vocabulary that is drawn to stand for all tokens that a window does not predict, in the softmax of its loss; 1: it sums over all. */
  readonly softmaxShare: number;
  /** Highest temperature of the softmax that held-out text may choose for the weights that are kept, and its inverse the lowest; 1: none is chosen. */
  readonly maxTemperature: number;
  /** d of the exponential mean of the weights that is tried beside the last ones at the end of a run; 0: none is kept. */
  readonly averageDecay: number;
  /** In what order a lane reads its documents in each pass: 0: in any, 1: those of the latest day of change first, 2: those last. */
  readonly dateOrder: number;
}

/**
 * Chosen by runs of two minutes on two cores (`docs/benchmarks.md`). The rate is five times what longer runs use: with a
 * thousand updates in all, a larger step is worth more than a finer one, and the annealing does the fine work.
 * β₂ is below the usual 0.999 for the same reason: a short run cannot average over a thousand updates.
 */
export const DEFAULT_TRAINING_SETTINGS: TrainingSettings = {
  laneCount: 32,
  windowTokens: 64,
  learningRate: 20e-3,
  finalRateShare: 0.02,
  warmUpShare: 0.05,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0.1,
  dropoutPerPass: 0.03,
  maxDropout: 0.3,
  clipNorm: 1,
  softmaxShare: 1 / 8,
  maxTemperature: 1.5,
  averageDecay: 0,
  dateOrder: 0,
};
