import type { LossScale } from "../models/neural/lossScale.ts";

/** A gradient as it was taken. */
export interface TakenGradient {
  readonly isLossFinite: boolean;
  readonly isGradientFinite: boolean;
}

/**
 * Takes a gradient, and again with half the scale for as long as the loss is finite and the gradient is not: in float16 it may only have overflowed
 * (Micikevicius et al. 2018, section 3.2). No window is lost by it.
 * @param take the same each time
 * @param discard frees what a gradient holds that is taken again
 */
export function takeGradient<T extends TakenGradient>(
  scale: LossScale | undefined,
  take: () => T,
  discard: (taken: T) => void,
): T {
  let taken = take();
  while (taken.isLossFinite && !taken.isGradientFinite && scale?.lower() === true) {
    discard(taken);
    taken = take();
  }
  if (taken.isLossFinite && taken.isGradientFinite) {
    scale?.noteSound();
  }
  return taken;
}
