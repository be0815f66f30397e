import { readableFigure, readablePerplexity, readableShare } from "../base/readableNumbers.ts";
import { escapeHtml } from "../evaluation/replay/escapeHtml.ts";
import { REPORT_STYLE } from "../evaluation/replay/reportStyle.ts";
import type { GradientResult, GradientRow, GradientTraining } from "../protocol/gradientMessages.ts";
import { barChart } from "./barChart.ts";
import { logChart, type LogSeries } from "./logChart.ts";

type TrainedRow = GradientRow & { readonly training: GradientTraining };

/** A page that needs nothing but itself: how the gradient fades on its way back, what the gates did, and what clipping did. */
export function gradientReport({ rows, window, target }: GradientResult): string {
  const trained = rows.filter((row): row is TrainedRow => row.training !== null);
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
<p>Each network reads the same ${rows[0]?.windowTokens ?? 0} tokens from a state of zero. The loss is that of the last prediction alone, −ln p of the token behind the window; it is differentiated with respect to the
output h of every step, and to the cell c of an LSTM. What arrives k steps before the last one has gone through the recurrent matrix k times. With respect to h of an LSTM the cell of the same
step is held fixed; with respect to c, its output is not.</p>
<pre>${escapeHtml(window)}<span class="ghost">${escapeHtml(shownTarget(target))}</span></pre>
<h2>Untrained</h2>
${flowChart(untrained)}
${trained.length === 0 ? "" : `<h2>After training</h2>\n${flowChart(trained)}`}
<h2>In figures</h2>
<div class="wide">${figures(rows)}</div>
<p class="quiet">“A step” is the factor by which the norm changes for each step back, from the line that fits its logarithm best. σ is the largest singular value of the recurrent matrix, by power
iteration: with one below 1 the gradient of a simple network surely vanishes, with one above 1 it may explode (Pascanu, Mikolov and Bengio 2013).</p>
${gateSection(rows)}
${trained.length === 0 ? "" : trainingSection(trained)}
</body>
</html>
`;
}

/** END has no bytes. */
function shownTarget(target: string): string {
  return target === "" ? "(end)" : target;
}

function flowChart(rows: readonly GradientRow[]): string {
  const series = rows.flatMap(({ model, hiddenNorms, cellNorms }, index): readonly LogSeries[] => [
    { name: model, points: pointsOf(hiddenNorms), colour: index },
    ...(cellNorms === null
      ? []
      : [{ name: `${model}, cell`, points: pointsOf(cellNorms), colour: index, isDashed: true }]),
  ]);
  const label = "Norm of the gradient with respect to the output, over steps back from the loss";
  return `<p class="quiet">${label}</p>\n${logChart({ label, series, xText: (steps) => `${Math.round(steps)} back` })}`;
}

function pointsOf(norms: readonly number[]): LogSeries["points"] {
  return norms.map((y, x) => ({ x, y }));
}

function figures(rows: readonly GradientRow[]): string {
  const heads = ["network", "loss, nats", "‖∂/∂h‖ at the last step", "at the first", "a step", "a step, cell", "σ"];
  const cells = (row: GradientRow): readonly string[] => [
    readableFigure(row.lossNats),
    readableFigure(row.hiddenNorms[0]),
    readableFigure(row.hiddenNorms[row.hiddenNorms.length - 1]),
    row.hiddenFactor === null ? "–" : `× ${readableFigure(row.hiddenFactor)}`,
    row.cellFactor === null ? "–" : `× ${readableFigure(row.cellFactor)}`,
    row.singularValues.map(({ block, value }) => `${block}\u00a0${readableFigure(value)}`).join(" "),
  ];
  return table(
    heads,
    rows.map((row) => [`${row.model}, ${row.stage}`, ...cells(row)]),
  );
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
  return shown.length === 0
    ? ""
    : `<h2>Gates</h2>\n<p class="quiet">How often each gate stood where, over all steps and units</p>\n${shown.map(row).join("\n")}`;
}

function trainingSection(rows: readonly TrainedRow[]): string {
  const series = rows.flatMap(({ model, training }, index): readonly LogSeries[] => {
    const points = (norms: readonly number[]): LogSeries["points"] =>
      norms.map((y, place) => ({ x: (place + 0.5) * training.stepsPerPoint, y }));
    return [
      { name: model, points: points(training.normsBefore), colour: index },
      { name: `${model}, clipped`, points: points(training.normsAfter), colour: index, isDashed: true },
    ];
  });
  const label = "Global norm of the gradient over the steps of training, before and after clipping";
  const cells = ({ model, training }: TrainedRow): readonly string[] => [
    model,
    training.seconds.toFixed(1),
    String(training.steps),
    readablePerplexity(training.validationPerplexity),
    readableFigure(training.clipNorm),
    readableShare(training.clippedFraction),
  ];
  const charts = rows.map(({ model, training: { histogram } }, colour) => {
    const { bounds, counts } = histogram;
    const mark = (index: number): string => readableFigure(bounds[index]);
    const marks = [mark(0), mark(Math.floor(counts.length / 2)), mark(counts.length)] as const;
    return `<figure>${barChart({ label: `Norms of ${model}`, counts, marks, colour })}<figcaption>${model}</figcaption></figure>`;
  });
  const heads = ["network", "seconds", "steps", "validation perplexity", "clipped above", "steps clipped"];
  return `<h2>Clipping</h2>
<p class="quiet">${label}</p>
${logChart({ label, series, xText: (steps) => `${Math.round(steps)} steps` })}
<div class="wide">${table(heads, rows.map(cells))}</div>
<p class="quiet">How many steps had which norm before clipping</p>
<div class="row">${charts.join("")}</div>`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = heads.map((name) => `<th scope="col">${name}</th>`).join("");
  const body = rows.map(
    ([first = "", ...rest]) =>
      `<tr><th scope="row">${escapeHtml(first)}</th>${rest.map((cell) => `<td>${escapeHtml(cell)}</td>`).join("")}</tr>`,
  );
  return `<table><thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>`;
}
