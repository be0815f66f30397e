import { readableFigure } from "../base/readableNumbers.ts";
import { escapeHtml } from "../evaluation/replay/escapeHtml.ts";
import { REPORT_STYLE } from "../evaluation/replay/reportStyle.ts";
import type { GradientResult, GradientRow } from "../protocol/gradientMessages.ts";
import {
  CLIPPING_LABEL,
  clippingFigures,
  clippingLines,
  FIGURES_NOTE,
  FLOW_LABEL,
  flowLines,
  GATES_LABEL,
  gradientFigures,
  measuredText,
  type NormLine,
  targetText,
  type TextTable,
  type TrainedGradients,
  trainedRows,
} from "../protocol/gradientWords.ts";
import { barChart } from "./barChart.ts";
import { logChart, type LogSeries } from "./logChart.ts";

/** A page that needs nothing but itself: how the gradient fades on its way back, what the gates did, and what clipping did. */
export function gradientReport({ rows, window, target }: GradientResult): string {
  const trained = trainedRows(rows);
  const untrained = rows.filter((row) => row.training === null);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Gradients through time</title><style>${REPORT_STYLE}
.row { display: flex; flex-wrap: wrap; gap: 8px 28px; }
.row figure { margin: 4px 0; width: 240px; }
pre { white-space: pre-wrap; }
.wide td:last-child { white-space: normal; min-width: 9em; }
</style></head>
<body>
<h1>Gradients through time</h1>
<p>${measuredText(rows[0]?.windowTokens ?? 0)}</p>
<pre>${escapeHtml(window)}<span class="ghost">${escapeHtml(targetText(target))}</span></pre>
<h2>Untrained</h2>
${flowChart(untrained)}
${trained.length === 0 ? "" : `<h2>After training</h2>\n${flowChart(trained)}`}
<h2>In figures</h2>
<div class="wide">${table(gradientFigures(rows))}</div>
<p class="quiet">${FIGURES_NOTE}</p>
${gateSection(rows)}
${trained.length === 0 ? "" : trainingSection(trained)}
</body>
</html>
`;
}

function flowChart(rows: Parameters<typeof flowLines>[0]): string {
  const series = flowLines(rows).map(seriesOf);
  return `<p class="quiet">${FLOW_LABEL}</p>\n${logChart({ label: FLOW_LABEL, series, xText: (steps) => `${Math.round(steps)} back` })}`;
}

function seriesOf({ name, index, isSecond, points }: NormLine): LogSeries {
  return { name, colour: index, isDashed: isSecond, points: points.map(({ x, y }) => ({ x, y: y ?? NaN })) };
}

function gateSection(rows: readonly GradientRow[]): string {
  const shown = rows.filter(({ gates }) => gates.length > 0);
  const row = ({ model, stage, gates }: GradientRow): string => {
    const colour = [...new Set(rows.map((each) => each.model))].indexOf(model);
    const charts = gates.map(({ gate, counts, mean }) => {
      const label = `${gate}, mean ${readableFigure(mean)}`;
      const chart = barChart({ label, counts, marks: ["0 shut", "0.5", "open 1"], colour });
      return `<figure>${chart}<figcaption>${escapeHtml(label)}</figcaption></figure>`;
    });
    return `<p>${model}, ${stage}</p>\n<div class="row">${charts.join("")}</div>`;
  };
  return shown.length === 0 ? "" : `<h2>Gates</h2>\n<p class="quiet">${GATES_LABEL}</p>\n${shown.map(row).join("\n")}`;
}

function trainingSection(rows: readonly TrainedGradients[]): string {
  const charts = rows.map(({ model, training: { histogram } }, colour) => {
    const { bounds, counts } = histogram;
    const mark = (index: number): string => readableFigure(bounds[index]);
    const marks = [mark(0), mark(Math.floor(counts.length / 2)), mark(counts.length)] as const;
    const label = `Norms of ${model}`;
    return `<figure>${barChart({ label, counts: counts.map((count) => count ?? 0), marks, colour })}<figcaption>${model}</figcaption></figure>`;
  });
  const series = clippingLines(rows).map(seriesOf);
  return `<h2>Clipping</h2>
<p class="quiet">${CLIPPING_LABEL}</p>
${logChart({ label: CLIPPING_LABEL, series, xText: (steps) => `${Math.round(steps)} steps` })}
<div class="wide">${table(clippingFigures(rows))}</div>
<p class="quiet">How many steps had which norm before clipping</p>
<div class="row">${charts.join("")}</div>`;
}

function table({ heads, rows }: TextTable): string {
  const head = heads.map((name) => `<th scope="col">${name}</th>`).join("");
  const body = rows.map(
    ([first = "", ...rest]) =>
      `<tr><th scope="row">${escapeHtml(first)}</th>${rest.map((cell) => `<td>${escapeHtml(cell)}</td>`).join("")}</tr>`,
  );
  return `<table><thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>`;
}
