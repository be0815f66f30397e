/**
 * Places for the labels of a logarithmic axis: round numbers in [least, most], at most eight, at least two where the range
 * has two round numbers.
 */
export function logarithmicTicks(least: number, most: number): readonly number[] {
  if (!(least > 0) || !(most > least)) {
    return [];
  }
  for (const multipliers of [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 4, 5, 7]]) {
    const ticks = decadeTicks({ least, most, multipliers });
    if (ticks.length >= 3) {
      return ticks.length <= 8 ? ticks : thinned(ticks);
    }
  }
  return linearTicks(least, most);
}

/** Places for the labels of a linear axis: three to six multiples of 1, 2, 2.5 or 5 times a power of ten. */
export function linearTicks(least: number, most: number): readonly number[] {
  const span = most - least;
  if (!(span > 0) || !Number.isFinite(span)) {
    return [];
  }
  const power = 10 ** Math.floor(Math.log10(span / 4));
  const step =
    [1, 2, 2.5, 5, 10].map((multiplier) => multiplier * power).find((size) => span / size <= 5) ?? 10 * power;
  const first = Math.ceil(least / step - 1e-9);
  const count = Math.floor(most / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/** Places for the labels of a time axis in seconds: four to eight steps of a round number of seconds, minutes or hours. */
export function timeTicks(least: number, most: number, maxCount = 7): readonly number[] {
  const span = most - least;
  if (!(span > 0) || !Number.isFinite(span)) {
    return [];
  }
  const steps = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 14_400, 28_800, 86_400];
  const step = steps.find((seconds) => span / seconds <= maxCount) ?? 86_400 * Math.ceil(span / 86_400 / maxCount);
  const first = Math.ceil(least / step);
  return Array.from({ length: Math.floor(most / step) - first + 1 }, (_, index) => (first + index) * step);
}

/** A time on an axis: `45 s` within the first minute, else `1:30`, or `1:05 h` beyond an hour. */
export function timeLabel(seconds: number): string {
  if (seconds < 60) {
    return `${Math.round(seconds)} s`;
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return `${minutes}:${String(Math.round(seconds % 60)).padStart(2, "0")}`;
  }
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")} h`;
}

/** A label without the zeros that a round number needs not: `1.00` becomes `1`, `20.0 k` becomes `20 k`. */
export function tickText(label: string): string {
  return label.replace(/(\.\d*?)0+(?=\D|$)/u, "$1").replace(/\.(?=\D|$)/u, "");
}

interface DecadeRange {
  readonly least: number;
  readonly most: number;
  readonly multipliers: readonly number[];
}

function decadeTicks({ least, most, multipliers }: DecadeRange): readonly number[] {
  const ticks: number[] = [];
  for (let exponent = Math.floor(Math.log10(least)); exponent <= Math.ceil(Math.log10(most)); exponent++) {
    for (const multiplier of multipliers) {
      const tick = Number((multiplier * 10 ** exponent).toPrecision(6));
      if (tick >= least && tick <= most) {
        ticks.push(tick);
      }
    }
  }
  return ticks;
}

function thinned(ticks: readonly number[]): readonly number[] {
  const every = Math.ceil(ticks.length / 8);
  return ticks.filter((_, index) => index % every === 0);
}
