import type { GradientTraining, NormHistogram } from "../../protocol/gradientMessages.ts";
import type { ClippingReport } from "../../training/gradientClipping.ts";

/** Points of a series at most: more could not be told apart in a chart. */
const MOST_POINTS = 400;
const BIN_COUNT = 24;

/** The gradient norms of a training, step by step. */
export class NormRecord {
  readonly #before: number[] = [];
  readonly #after: number[] = [];
  #clipped = 0;

  public get count(): number {
    return this.#before.length;
  }

  public note({ normBefore, normAfter, isClipped }: ClippingReport): void {
    this.#before.push(normBefore);
    this.#after.push(normAfter);
    this.#clipped += isClipped ? 1 : 0;
  }

  public summary(): Pick<
    GradientTraining,
    "steps" | "clippedFraction" | "stepsPerPoint" | "normsBefore" | "normsAfter" | "histogram"
  > {
    const stepsPerPoint = Math.max(1, Math.ceil(this.count / MOST_POINTS));
    return {
      steps: this.count,
      clippedFraction: this.#clipped / Math.max(this.count, 1),
      stepsPerPoint,
      normsBefore: means(this.#before, stepsPerPoint),
      normsAfter: means(this.#after, stepsPerPoint),
      histogram: logHistogram(this.#before, BIN_COUNT),
    };
  }
}

/** How many values lie where, in bins of equal width in the logarithm; the largest value is in the last one. Values of 0 are left out. */
export function logHistogram(values: readonly number[], binCount: number): NormHistogram {
  const logs = values.filter((value) => value > 0).map(Math.log);
  if (logs.length === 0) {
    return { bounds: [], counts: [] };
  }
  const least = logs.reduce((a, b) => Math.min(a, b));
  // Where all are the same, the bins have some width all the same.
  const width = Math.max(logs.reduce((a, b) => Math.max(a, b)) - least, 1e-6) / binCount;
  const counts = new Array<number>(binCount).fill(0);
  for (const log of logs) {
    const bin = Math.min(binCount - 1, Math.floor((log - least) / width));
    counts[bin] = (counts[bin] as number) + 1;
  }
  return { bounds: Array.from({ length: binCount + 1 }, (_, bin) => Math.exp(least + bin * width)), counts };
}

function means(values: readonly number[], stride: number): readonly number[] {
  return Array.from({ length: Math.ceil(values.length / stride) }, (_, index) => {
    const part = values.slice(index * stride, (index + 1) * stride);
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}
