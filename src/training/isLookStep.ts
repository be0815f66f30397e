/** Steps before the first look; the looks after it are twice as late each, up to the regular ones. */
const FIRST_LOOK_STEPS = 16;

/** Whether a run that has no deadline looks after a step: twice in a pass, in a short one after eight steps and in a long one after 200. */
export function isLookStep(step: number, windowsPerEpoch: number): boolean {
  const period = Math.min(Math.max(Math.ceil(windowsPerEpoch / 2), 8), 200);
  const isEarly = step >= FIRST_LOOK_STEPS && step < period && Number.isInteger(Math.log2(step));
  return isEarly || step % period === 0;
}
