import { readableCount, readableFigure, readableShare } from "../base/readableNumbers.ts";
import type { GradientView, ShownGradients } from "../protocol/gradientView.ts";
import {
  CLIPPING_LABEL,
  clippingLines,
  FLOW_LABEL,
  flowLines,
  GATES_LABEL,
  type NormLine,
  type TrainedGradients,
  trainedRows,
} from "../protocol/gradientWords.ts";
import { linearTicks } from "./axisTicks.ts";
import { mergedColumns, placeOfNorm } from "./chartData.ts";
import {
  type ChartSpec,
  type HistogramSpec,
  type HorizontalAxis,
  NETWORK_COLOURS,
  type SeriesKind,
  type SeriesSpec,
} from "./chartSpecs.ts";

type Stage = ShownGradients["stage"];

const STAGES: readonly Stage[] = ["untrained", "trained"];

const STEPS_BACK: HorizontalAxis = {
  group: "inkling-steps-back",
  ticks: (least, most) => linearTicks(least, most).filter(Number.isInteger),
  text: String,
  place: (steps) => (steps === 1 ? "1 step back" : `${steps} steps back`),
};

const STEPS: HorizontalAxis = {
  group: "inkling-steps",
  ticks: (least, most) => linearTicks(least, most).filter(Number.isInteger),
  text: readableCount,
  place: (step) => `at step ${readableCount(Math.ceil(step))}`,
};

/** How the gradient goes back, a chart for each stage that was looked at. */
export function flowCharts(view: GradientView): readonly ChartSpec<GradientView>[] {
  const shown = STAGES.filter((stage) => rowsOf(view, stage).length > 0);
  return shown.map((stage) => ({
    id: `gradientFlow-${stage}`,
    title: `Gradient by steps back, ${stage}`,
    unit: "‖∂loss/∂h‖, log scale",
    isLogarithmic: true,
    width: shown.length === 1 ? "whole" : "half",
    axis: STEPS_BACK,
    series: flowLines(rowsOf(view, stage)).map((line) => seriesOf(line, "line")),
    columns: (source) => mergedColumns(flowLines(rowsOf(source, stage))),
    format: readableFigure,
    describe: (source) => `${FLOW_LABEL}, ${stage}. ${rowsOf(source, stage).map(flowText).join("; ")}.`,
  }));
}

/** How often gates stood where, a histogram for each of them. */
export function gateCharts(view: GradientView): readonly HistogramSpec<GradientView>[] {
  return view.rows.flatMap(({ model, stage, gates }) =>
    gates.map(({ gate }): HistogramSpec<GradientView> => ({
      id: `gate-${model}-${stage}-${gate}`,
      title: `${model}: ${gate} gate`,
      unit: stage,
      // The two gates of a GRU then have a line of their own, as the three of an LSTM have.
      width: gates.length === 2 ? "half" : "third",
      colour: colourOf(view, model),
      legend: ["mean"],
      picture: (source) => {
        const row = rowsOf(source, stage).find((one) => one.model === model);
        const { counts = [], mean = null } = row?.gates.find((one) => one.gate === gate) ?? {};
        const text = readableFigure(mean);
        return {
          histogram: { bounds: evenBounds(counts.length), counts: withoutNull(counts) },
          thresholdPlace: null,
          values: [text],
          label: `${GATES_LABEL}: ${gate} gate of ${model}, ${stage}, from 0, shut, to 1, open; mean ${text}.`,
        };
      },
    })),
  );
}

/** Norms before and after clipping over the steps of training, and how those before it spread. */
export function clippingCharts(view: GradientView): readonly (ChartSpec<GradientView> | HistogramSpec<GradientView>)[] {
  const trained = trainedRows(view.rows);
  if (trained.length === 0) {
    return [];
  }
  const norms: ChartSpec<GradientView> = {
    id: "gradientClipping",
    title: "Gradient norm while each learns",
    unit: "log scale; dashed: after clipping",
    isLogarithmic: true,
    width: "whole",
    axis: STEPS,
    series: clippingLines(trained).map((line) => seriesOf(line, "fine")),
    columns: ({ rows }) => mergedColumns(clippingLines(trainedRows(rows))),
    format: readableFigure,
    describe: ({ rows }) => `${CLIPPING_LABEL}. ${trainedRows(rows).map(clippingText).join("; ")}.`,
  };
  return [norms, ...trained.map((row) => normHistogram(view, row))];
}

function normHistogram(view: GradientView, { model }: TrainedGradients): HistogramSpec<GradientView> {
  return {
    id: `gradientHistogram-${model}`,
    title: `${model}: gradient norms`,
    unit: "steps by norm before clipping",
    width: "third",
    colour: colourOf(view, model),
    legend: ["least", "most", "clipped above"],
    picture: ({ rows }) => {
      const training = trainedRows(rows).find((row) => row.model === model)?.training;
      const { bounds = [], counts = [] } = training?.histogram ?? {};
      const histogram = { bounds: withoutNull(bounds), counts: withoutNull(counts) };
      const clipNorm = training?.clipNorm ?? null;
      const values = [bounds[0], bounds.at(-1), clipNorm].map(readableFigure);
      const [least = "", most = "", above = ""] = values;
      const label = `Histogram of gradient norms of ${model} before clipping: least ${least}, most ${most}; clipped above ${above}.`;
      return { histogram, thresholdPlace: placeOfNorm(clipNorm, histogram), values, label };
    },
  };
}

function rowsOf({ rows }: GradientView, stage: Stage): readonly ShownGradients[] {
  return rows.filter((row) => row.stage === stage);
}

function seriesOf({ name, index, isSecond }: NormLine, kind: SeriesKind): SeriesSpec {
  return { name, colour: networkColour(index), kind: isSecond ? "level" : kind, isInLegend: true };
}

function colourOf({ models }: GradientView, model: ShownGradients["model"]): SeriesSpec["colour"] {
  return networkColour(models.indexOf(model));
}

function networkColour(index: number): SeriesSpec["colour"] {
  return NETWORK_COLOURS[index % NETWORK_COLOURS.length] ?? "training";
}

function flowText({ model, hiddenNorms, hiddenFactor }: ShownGradients): string {
  const last = hiddenNorms.length - 1;
  return `${model}: ${readableFigure(hiddenNorms[0])} at the last step, ${readableFigure(hiddenNorms[last])} ${last} steps back, times ${readableFigure(hiddenFactor)} a step`;
}

function clippingText({ model, training }: TrainedGradients): string {
  const share = readableShare(training.clippedFraction ?? 0);
  return `${model}: ${share} of ${readableCount(training.steps ?? 0)} steps clipped to ${readableFigure(training.clipNorm)}`;
}

function evenBounds(binCount: number): readonly number[] {
  return Array.from({ length: binCount + 1 }, (_, bin) => bin / binCount);
}

function withoutNull(values: readonly (number | null)[]): readonly number[] {
  return values.map((value) => value ?? 0);
}
