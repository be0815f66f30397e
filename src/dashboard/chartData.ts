import { addNormCounts, normOfBin } from "../base/normBins.ts";
import { perplexityOf, type ProgressPoint, type RunHistory } from "../protocol/dashboardMessages.ts";

/** Columns of a chart: the first is where on the axis, of time in seconds, each other a series; null where a series has no value. */
export type Columns = readonly [readonly number[], ...(readonly (number | null)[])[]];

export interface Histogram {
  /** Bounds of the bins, one more than there are bins; ascending, evenly spaced, those of norms in the logarithm. */
  readonly bounds: readonly number[];
  /** Steps, or whatever is counted, in each bin. */
  readonly counts: readonly number[];
}

/** Minimum, median, mean and maximum. */
export interface Spread {
  readonly least: number;
  readonly median: number;
  readonly mean: number;
  readonly most: number;
}

/**
 * Perplexity over time.
 * @returns seconds, training, training smoothed, validation, final; the times of all kinds merged, ascending. Final measurements are of
 *   more held-out text than those on the way, so no line joins them
 */
export function perplexityColumns({ progress, evaluations }: RunHistory): Columns {
  const smoothed = smooth(
    progress,
    progress.map(({ lossNats }) => lossNats),
  );
  const rows = [
    ...progress.map((point, index) => ({
      seconds: point.elapsedSeconds,
      values: [Math.exp(point.lossNats), Math.exp(smoothed[index] ?? point.lossNats), null, null],
    })),
    ...evaluations.map((point) => ({
      seconds: point.elapsedSeconds,
      values: [null, null, ...(point.isFinal === true ? [null, perplexityOf(point)] : [perplexityOf(point), null])],
    })),
  ].sort((a, b) => a.seconds - b.seconds);
  return toColumns(rows, 4);
}

/** Gradient norms over time: seconds, before clipping, after clipping, and the norm at which they are clipped. */
export function gradientColumns(history: RunHistory): Columns {
  const threshold = clipNormOf(history);
  return toColumns(
    history.progress.map((point) => ({
      seconds: point.elapsedSeconds,
      values: [positive(point.gradientNorm), positive(point.clippedGradientNorm), threshold],
    })),
    3,
  );
}

/** The share of clipped steps in per cent: seconds, as reported, smoothed. */
export function clippedColumns({ progress }: RunHistory): Columns {
  const percents = progress.map(({ clippedFraction }) => 100 * clippedFraction);
  return columnsOf(progress, [percents, smooth(progress, percents)]);
}

/** Tokens a second: seconds, as reported, smoothed. */
export function speedColumns({ progress }: RunHistory): Columns {
  const speeds = progress.map(({ tokensPerSecond }) => tokensPerSecond);
  return columnsOf(progress, [speeds, smooth(progress, speeds)]);
}

/** The learning rate: seconds, rate. */
export function learningRateColumns({ progress }: RunHistory): Columns {
  return columnsOf(progress, [progress.map(({ learningRate }) => learningRate)]);
}

/**
 * The norm at which gradients are clipped: as the engine told, else the highest norm after clipping where every step was
 * clipped, which is that norm; null where neither is known.
 */
export function clipNormOf({ clipNorm, progress }: RunHistory): number | null {
  if (clipNorm !== null) {
    return clipNorm;
  }
  const clipped = progress.filter(({ clippedFraction }) => clippedFraction > 0.999);
  return clipped.length === 0 ? null : Math.max(...clipped.map(({ clippedGradientNorm }) => clippedGradientNorm));
}

/** The share of all steps so far that were clipped; null before the first. */
export function totalClippedFraction({ progress }: RunHistory): number | null {
  const stepCount = progress.reduce((sum, point) => sum + point.stepCount, 0);
  return stepCount === 0
    ? null
    : progress.reduce((sum, point) => sum + point.clippedFraction * point.stepCount, 0) / stepCount;
}

/** Norms before clipping, with the number of steps that had them: those of single steps where they were told, else the means of reports. */
function stepNorms({ progress }: RunHistory): readonly { readonly gradientNorm: number; readonly stepCount: number }[] {
  const counts = addNormCounts(...progress.map(({ normCounts = [] }) => normCounts));
  const means = progress.filter(({ gradientNorm, normCounts }) => gradientNorm > 0 && normCounts === undefined);
  return [...counts.map(([bin, count]) => ({ gradientNorm: normOfBin(bin), stepCount: count })), ...means];
}

/** How gradient norms before clipping spread, by steps; null before the first. */
export function gradientSpread(history: RunHistory): Spread | null {
  const points = [...stepNorms(history)].sort((a, b) => a.gradientNorm - b.gradientNorm);
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) {
    return null;
  }
  const stepCount = points.reduce((sum, point) => sum + point.stepCount, 0);
  let seen = 0;
  const median = points.find((point) => (seen += point.stepCount) * 2 >= stepCount) ?? last;
  const total = points.reduce((sum, point) => sum + point.gradientNorm * point.stepCount, 0);
  return { least: first.gradientNorm, median: median.gradientNorm, mean: total / stepCount, most: last.gradientNorm };
}

/** Steps by their gradient norm before clipping; empty before the first. */
export function gradientHistogram(history: RunHistory, binCount = 28): Histogram {
  const spread = gradientSpread(history);
  if (spread === null) {
    return { bounds: [], counts: [] };
  }
  const least = Math.log(spread.least);
  const width = Math.max((Math.log(spread.most) - least) / binCount, 0.01);
  const counts = new Array<number>(binCount).fill(0);
  for (const { gradientNorm, stepCount } of stepNorms(history)) {
    const bin = Math.min(binCount - 1, Math.floor((Math.log(gradientNorm) - least) / width));
    counts[bin] = (counts[bin] ?? 0) + stepCount;
  }
  return { bounds: Array.from({ length: binCount + 1 }, (_, index) => Math.exp(least + index * width)), counts };
}

/** Where a norm lies on the axis of bins that are even in its logarithm; null where it is outside. */
export function placeOfNorm(norm: number | null, { bounds }: Histogram): number | null {
  const [least, second] = bounds;
  const most = bounds.at(-1);
  if (
    norm === null ||
    least === undefined ||
    second === undefined ||
    most === undefined ||
    norm < least ||
    norm > most
  ) {
    return null;
  }
  return Math.log(norm / least) / Math.log(second / least) - 0.5;
}

/**
 * An exponential mean over time, whose half-life is 1 % of the time shown and at least half a second; unbiased at its beginning.
 * @param values one for each point, in order of time
 */
export function smooth(points: readonly ProgressPoint[], values: readonly number[]): readonly number[] {
  const seconds = (points.at(-1)?.elapsedSeconds ?? 0) - (points[0]?.elapsedSeconds ?? 0);
  const halfLifeSeconds = Math.max(0.5, 0.01 * seconds);
  let sum = 0;
  let weight = 0;
  return values.map((value, index) => {
    const gap = index === 0 ? 0 : (points[index]?.elapsedSeconds ?? 0) - (points[index - 1]?.elapsedSeconds ?? 0);
    const kept = 0.5 ** (Math.max(0, gap) / halfLifeSeconds);
    const stepCount = points[index]?.stepCount ?? 1;
    sum = sum * kept + value * stepCount;
    weight = weight * kept + stepCount;
    return sum / weight;
  });
}

/** Columns of lines that have their points at different places: the places of all merged, ascending; no value where a logarithm has none. */
export function mergedColumns(
  lines: readonly { readonly points: readonly { readonly x: number; readonly y: number | null }[] }[],
): Columns {
  const places = [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  const columns = lines.map(({ points }) => {
    const known = new Map(points.map(({ x, y }) => [x, y === null ? null : positive(y)]));
    return places.map((place) => known.get(place) ?? null);
  });
  return [places, ...columns];
}

function columnsOf(progress: readonly ProgressPoint[], series: readonly (readonly number[])[]): Columns {
  return [progress.map(({ elapsedSeconds }) => elapsedSeconds), ...series];
}

function toColumns(
  rows: readonly { readonly seconds: number; readonly values: readonly (number | null)[] }[],
  count: number,
): Columns {
  const series = Array.from({ length: count }, (_, column) => rows.map(({ values }) => values[column] ?? null));
  return [rows.map(({ seconds }) => seconds), ...series];
}

/** A logarithmic axis has no place for nothing. */
function positive(value: number): number | null {
  return value > 0 ? value : null;
}
