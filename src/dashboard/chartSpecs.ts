import {
  readableFigure,
  readablePerplexity,
  readableSeconds,
  readableShare,
  readableShortCount,
} from "../base/readableNumbers.ts";
import { perplexityOf, type RunHistory } from "../protocol/dashboardMessages.ts";
import { timeLabel, timeTicks } from "./axisTicks.ts";
import {
  clippedColumns,
  clipNormOf,
  gradientColumns,
  gradientHistogram,
  gradientSpread,
  type Histogram,
  learningRateColumns,
  perplexityColumns,
  placeOfNorm,
  speedColumns,
  totalClippedFraction,
  type Columns,
} from "./chartData.ts";
import type { ChartColours } from "./theme.ts";

/** How a series is drawn: as the line that counts, as one of several fine lines, faint behind another, as measured points, or as a level. */
export type SeriesKind = "line" | "fine" | "faint" | "points" | "level";

/** The share of the page's width that a chart has, where the page is wide. */
export type ChartWidth = "whole" | "half" | "third";

export interface SeriesSpec {
  readonly name: string;
  readonly colour: keyof ChartColours;
  readonly kind: SeriesKind;
  /** Whether the legend names it; the thin copy of a smoothed line goes without. */
  readonly isInLegend: boolean;
}

/** What stands below a chart of lines. */
export interface HorizontalAxis {
  /** Charts of one group move their cursors together. */
  readonly group: string;
  readonly ticks: (least: number, most: number, maxCount: number) => readonly number[];
  /** The label of a tick. */
  readonly text: (value: number) => string;
  /** Where the pointer is. */
  readonly place: (value: number) => string;
}

export const TIME_AXIS: HorizontalAxis = {
  group: "inkling-time",
  ticks: timeTicks,
  text: timeLabel,
  place: (seconds) => `at ${timeLabel(seconds)}`,
};

/** Colours of the networks in one chart, in their order. */
export const NETWORK_COLOURS = ["training", "validation", "second", "threshold"] as const;

/** A chart of lines, of whatever has its columns. */
export interface ChartSpec<Source = RunHistory> {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly isLogarithmic: boolean;
  /** Where a linear axis starts at zero and ends, where that is known. */
  readonly linearMost?: number;
  readonly width: ChartWidth;
  /** Default: over time. */
  readonly axis?: HorizontalAxis;
  readonly series: readonly SeriesSpec[];
  readonly columns: (source: Source) => Columns;
  readonly format: (value: number) => string;
  /** What the curve says, for those who cannot see it. */
  readonly describe: (source: Source) => string;
}

/** A histogram, of whatever has its counts. */
export interface HistogramSpec<Source = RunHistory> {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly width: ChartWidth;
  readonly colour: keyof ChartColours;
  /** Names of the values in the legend. */
  readonly legend: readonly string[];
  readonly picture: (source: Source) => HistogramPicture;
}

export interface HistogramPicture {
  readonly histogram: Histogram;
  /** Where a dashed line stands on the axis of bins; null for none. */
  readonly thresholdPlace: number | null;
  /** Of the legend. */
  readonly values: readonly string[];
  /** What the histogram says, for those who cannot see it. */
  readonly label: string;
}

const RAW: Omit<SeriesSpec, "colour"> = { name: "as reported", kind: "faint", isInLegend: false };

/** The charts over time, in the order in which they are read. */
export const CHART_SPECS: readonly ChartSpec[] = [
  {
    id: "perplexity",
    title: "Perplexity",
    unit: "log scale, lower is better",
    isLogarithmic: true,
    width: "whole",
    series: [
      { ...RAW, colour: "training" },
      { name: "Training, smoothed", colour: "training", kind: "line", isInLegend: true },
      { name: "Validation", colour: "validation", kind: "points", isInLegend: true },
      { name: "Final", colour: "second", kind: "points", isInLegend: true },
    ],
    columns: perplexityColumns,
    format: readablePerplexity,
    describe: describePerplexity,
  },
  {
    id: "gradientNorm",
    title: "Gradient norm",
    unit: "log scale",
    isLogarithmic: true,
    width: "half",
    series: [
      { name: "Before clipping", colour: "second", kind: "fine", isInLegend: true },
      { name: "After", colour: "training", kind: "fine", isInLegend: true },
      { name: "Threshold", colour: "threshold", kind: "level", isInLegend: true },
    ],
    columns: gradientColumns,
    format: readableFigure,
    describe: describeGradient,
  },
  {
    id: "clippedFraction",
    title: "Steps clipped",
    unit: "per cent",
    isLogarithmic: false,
    linearMost: 100,
    width: "third",
    series: [
      { ...RAW, colour: "threshold" },
      { name: "Clipped, smoothed", colour: "threshold", kind: "line", isInLegend: true },
    ],
    columns: clippedColumns,
    format: (percent) => readableShare(percent / 100),
    describe: (history) =>
      `Share of steps whose gradient was clipped over time; ${readableShare(totalClippedFraction(history) ?? 0)} of all steps.`,
  },
  {
    id: "speed",
    title: "Speed",
    unit: "tokens per second",
    isLogarithmic: false,
    width: "third",
    series: [
      { ...RAW, colour: "training" },
      { name: "Tokens/s, smoothed", colour: "training", kind: "line", isInLegend: true },
    ],
    columns: speedColumns,
    format: readableShortCount,
    describe: (history) =>
      `Training speed over time, now ${readableFigure(history.progress.at(-1)?.tokensPerSecond)} tokens per second.`,
  },
  {
    id: "learningRate",
    title: "Learning rate",
    unit: "",
    isLogarithmic: false,
    width: "third",
    series: [{ name: "Learning rate", colour: "second", kind: "line", isInLegend: true }],
    columns: learningRateColumns,
    format: readableRate,
    describe: (history) => `Learning rate over time, now ${readableRate(history.progress.at(-1)?.learningRate ?? 0)}.`,
  },
];

/** How gradient norms before clipping spread over all steps, with the norm at which they are clipped. */
export const NORM_HISTOGRAM: HistogramSpec = {
  id: "gradientHistogram",
  title: "Gradient norms",
  unit: "steps by norm before clipping",
  width: "half",
  colour: "second",
  legend: ["least", "median", "most"],
  picture: (history) => {
    const histogram = gradientHistogram(history);
    const spread = gradientSpread(history);
    const values = [spread?.least, spread?.median, spread?.most].map((value) => readableFigure(value));
    const [least = "", median = "", most = ""] = values;
    const label = `Histogram of gradient norms before clipping: least ${least}, median ${median}, most ${most}.`;
    return { histogram, thresholdPlace: placeOfNorm(clipNormOf(history), histogram), values, label };
  },
};

function describePerplexity({ progress, evaluations }: RunHistory): string {
  const first = progress[0];
  const last = progress.at(-1);
  if (first === undefined || last === undefined) {
    return "Perplexity over time; no points yet.";
  }
  const validation = evaluations.at(-1);
  const measured = validation === undefined ? "not measured yet" : readablePerplexity(perplexityOf(validation));
  return `Perplexity over time. Training perplexity went from ${readablePerplexity(Math.exp(first.lossNats))} to ${readablePerplexity(
    Math.exp(last.lossNats),
  )} in ${readableSeconds(last.elapsedSeconds)}; validation perplexity is ${measured}.`;
}

function describeGradient(history: RunHistory): string {
  const clipNorm = clipNormOf(history);
  const last = history.progress.at(-1);
  const before = readableFigure(last?.gradientNorm);
  const after = readableFigure(last?.clippedGradientNorm);
  const threshold = clipNorm === null ? "" : ` Clipped at ${readableFigure(clipNorm)}.`;
  return `Global gradient norm over time, now ${before} before clipping and ${after} after.${threshold}`;
}

/** A rate in decimals without trailing zeros, since readers compare it with settings. */
function readableRate(rate: number): string {
  return rate === 0 ? "0" : String(Number(rate.toPrecision(3)));
}
