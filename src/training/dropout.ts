import type { TrainingSettings } from "./trainingSettings.ts";

/**
 * The dropout rate of a pass: none in the first, where every token is new and nothing can be learnt by heart, then
 * rising (a curriculum, after Morerio et al. 2017). So a corpus too large to be read twice is learnt without dropout, and a
 * small one is not overfitted.
 * @param epoch passes already finished
 */
export function dropoutAt(epoch: number, { dropoutPerPass, maxDropout }: TrainingSettings): number {
  return Math.min(epoch * dropoutPerPass, maxDropout);
}
