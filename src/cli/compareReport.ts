import { readableCount, readableFigure, readablePerplexity, readableShare } from "../base/readableNumbers.ts";
import { escapeHtml } from "../evaluation/replay/escapeHtml.ts";
import { REPORT_STYLE } from "../evaluation/replay/reportStyle.ts";
import { logChart } from "./logChart.ts";
import { type ComparePoint, type CompareResult, type CompareRow, samplesOf } from "../protocol/compareMessages.ts";

/** How a network got better. */
export interface ComparedCurve {
  readonly model: string;
  readonly points: readonly ComparePoint[];
}

export interface ComparedModels extends CompareResult {
  readonly curves: readonly ComparedCurve[];
  /** That were to be compared. */
  readonly modelCount: number;
}

/** A page that needs nothing but itself: the table, learning curves in one plot, and what the models write. */
export function compareReport({ rows, failures, curves, modelCount }: ComparedModels): string {
  const samples = samplesOf(rows);
  const missing = modelCount - rows.length - failures.length;
  const [first] = rows;
  const scored =
    first === undefined
      ? ""
      : `${readableCount(first.tokens)} tokens, ${readableCount(first.bytes)} bytes of test text`;
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Models compared</title><style>${REPORT_STYLE}</style></head>
<body>
<h1>Models compared</h1>
<p class="quiet">${scored}; smaller perplexities and fewer bits are better.</p>
<div class="wide">${table(rows)}</div>
${failures.map(({ model, message }) => `<p>${escapeHtml(model)} came to nothing: ${escapeHtml(message)}</p>`).join("\n")}
${missing === 0 ? "" : `<p>It ended early: ${missing} of ${modelCount} models were not compared.</p>`}
${curves.length === 0 ? "" : `<h2>Learning curves</h2>\n<p class="quiet">Perplexity of the validation text over seconds of training</p>\n${chart(curves)}`}
${samples.length === 0 ? "" : `<h2>What they write</h2>`}
${samples.map(({ model, text }) => `<p>${escapeHtml(model)}</p>\n<pre>${escapeHtml(text)}</pre>`).join("\n")}
</body>
</html>
`;
}

function table(rows: readonly CompareRow[]): string {
  const heads = ["model", "parameters", "seconds", "tokens/s", "perplexity", "bits/byte", "first guess right"];
  const cells = (row: CompareRow): readonly string[] => [
    readableCount(row.parameters),
    row.seconds.toFixed(1),
    readableCount(Math.round(row.tokensPerSecond)),
    readablePerplexity(row.perplexity),
    readableFigure(row.bitsPerByte),
    readableShare(row.top1),
  ];
  const body = rows.map(
    (row) =>
      `<tr><th scope="row">${escapeHtml(row.model)}</th>${cells(row)
        .map((cell) => `<td>${cell}</td>`)
        .join("")}</tr>`,
  );
  const head = heads.map((name) => `<th scope="col">${name}</th>`).join("");
  return `<table><thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>`;
}

/** Below this, whole seconds would name several places alike. */
const SHORT_SECONDS = 20;

/** Perplexities on a logarithmic scale: they fall by factors. */
function chart(curves: readonly ComparedCurve[]): string {
  const longest = Math.max(...curves.flatMap(({ points }) => points.map(({ elapsedSeconds }) => elapsedSeconds)));
  return logChart({
    label: "Validation perplexity over seconds of training",
    series: curves.map(({ model, points }) => ({
      name: model,
      points: points.map(({ elapsedSeconds, validationPerplexity }) => ({
        x: elapsedSeconds,
        y: validationPerplexity,
      })),
    })),
    xText: (seconds) => `${seconds.toFixed(longest < SHORT_SECONDS ? 1 : 0)} s`,
    hasDots: true,
  });
}
