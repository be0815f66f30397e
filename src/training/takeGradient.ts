import type { LossScale } from "../models/neural/lossScale.ts";

/** A gradient as it was taken. */
export interface TakenGradient {
  readonly isLossFinite: boolean;
  readonly isGradientFinite: boolean;
}

/**
 * Takes a gradient, and again with half the scale for as long as the loss is finite and the gradient is not: in float16 it may only have overflowed. No window is
 * lost by it. Where no scale helps, it was something else, and the scale is what it was.
 * @param take the same each time
 * @param discard frees what a gradient holds that is taken again
 */
export function takeGradient<T extends TakenGradient>(
  scale: LossScale | undefined,
  take: () => T,
  discard: (taken: T) => void,
): T & { readonly isFinite: boolean } {
  const before = scale?.value ?? 1;
  let taken = take();
  while (taken.isLossFinite && !taken.isGradientFinite && scale?.lower() === true) {
    discard(taken);
    taken = take();
  }
  const isFinite = taken.isLossFinite && taken.isGradientFinite;
  if (isFinite) {
    scale?.noteSound();
  } else {
    scale?.restore(before);
  }
  return { ...taken, isFinite };
}
