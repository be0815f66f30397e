import type { TrainingSettings } from "./trainingSettings.ts";

/**
 * The learning rate at a share of the run: a linear rise, then half a cosine down to the final share
 * (Loshchilov and Hutter 2017, equation 5, one cycle). The share comes from the deadline or the number of epochs, so
 * that a run is always annealed when it ends.
 * @param fraction share of the run that is over, in [0, 1]
 */
export function learningRateAt(fraction: number, settings: TrainingSettings): number {
  const { learningRate, finalRateShare, warmUpShare } = settings;
  if (fraction < warmUpShare) {
    // The first step has a rate above zero, or it would be wasted.
    return learningRate * Math.max(fraction / warmUpShare, 0.02);
  }
  const annealed = Math.min((fraction - warmUpShare) / (1 - warmUpShare), 1);
  const share = finalRateShare + (1 - finalRateShare) * 0.5 * (1 + Math.cos(Math.PI * annealed));
  return learningRate * share;
}
