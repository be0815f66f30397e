import type { Rng } from "../base/rng.ts";

export interface WindowChoice {
  /** T of this step. */
  readonly windowTokens: number;
  /** What the learning rate is multiplied by: T over the window that the rate is meant for. */
  readonly rateScale: number;
}

/**
 * The length of the next window where truncation is random (Merity et al. 2018, section 4.1): normal around the usual length, with probability 1 − p
 * around half of it, so that the same tokens are not always cut; the rate is scaled by the length, or short windows would count as much as long ones.
 * The deviation is 5 and the least 5, as in their code; p is 0.95.
 */
export function drawWindow(windowTokens: number, rng: Rng): WindowChoice {
  const base = rng.next() < 0.95 ? windowTokens : windowTokens / 2;
  const radius = Math.sqrt(-2 * Math.log(1 - rng.next()));
  const drawn = Math.max(5, Math.floor(base + 5 * radius * Math.cos(2 * Math.PI * rng.next())));
  // A window beyond twice the usual one costs memory and is drawn once in a million.
  const length = Math.min(drawn, windowTokens * 2);
  return { windowTokens: length, rateScale: length / windowTokens };
}
