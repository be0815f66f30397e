import { readableCount, readableFigure, readablePerplexity, readableShare } from "../base/readableNumbers.ts";
import { escapeHtml } from "../evaluation/replay/escapeHtml.ts";
import { REPORT_STYLE } from "../evaluation/replay/reportStyle.ts";
import type { ComparePoint, CompareResult, CompareRow } from "../protocol/compareMessages.ts";

/** How a network got better. */
export interface ComparedCurve {
  readonly model: string;
  readonly points: readonly ComparePoint[];
}

export interface ComparedModels extends CompareResult {
  readonly curves: readonly ComparedCurve[];
}

const COLOUR_COUNT = 5;
const WIDTH = 720;
const HEIGHT = 380;
const MARGIN = { top: 16, right: 150, bottom: 44, left: 60 };

/** A page that needs nothing but itself: the table, learning curves in one plot, and what the networks write. */
export function compareReport({ rows, curves, samples }: ComparedModels): string {
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
    row.top1 === null ? "–" : readableShare(row.top1),
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

/** Perplexities on a logarithmic scale: they fall by factors. */
function chart(curves: readonly ComparedCurve[]): string {
  const points = curves
    .flatMap((curve) => curve.points)
    .filter(({ validationPerplexity }) => Number.isFinite(validationPerplexity));
  const values = points.map(({ validationPerplexity }) => validationPerplexity);
  const low = Math.min(...values) / 1.05;
  const high = Math.max(...values) * 1.05;
  const longest = Math.max(1, ...points.map(({ elapsedSeconds }) => elapsedSeconds));
  const x = (seconds: number): number => MARGIN.left + (seconds / longest) * (WIDTH - MARGIN.left - MARGIN.right);
  const share = (value: number): number => Math.log(value / low) / Math.log(high / low);
  const y = (value: number): number => HEIGHT - MARGIN.bottom - share(value) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Validation perplexity over seconds of training">`,
    ...perplexityTicks(low, high).map(
      (tick) =>
        `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${round(y(tick))}" y2="${round(y(tick))}"/>` +
        `<text class="tick" x="${MARGIN.left - 8}" y="${round(y(tick) + 4)}" text-anchor="end">${tick}</text>`,
    ),
    ...[0, 0.25, 0.5, 0.75, 1].map(
      (part) =>
        `<text class="tick" x="${round(x(part * longest))}" y="${HEIGHT - MARGIN.bottom + 18}" text-anchor="middle">${(part * longest).toFixed(0)} s</text>`,
    ),
    ...curves.map((curve, index) => line(curve, { index, x, y })),
    "</svg>",
  ].join("\n");
}

interface LinePlace {
  readonly index: number;
  readonly x: (seconds: number) => number;
  readonly y: (perplexity: number) => number;
}

function line({ model, points }: ComparedCurve, { index, x, y }: LinePlace): string {
  const places = points
    .filter(({ validationPerplexity }) => Number.isFinite(validationPerplexity))
    .map(({ elapsedSeconds, validationPerplexity }) => ({
      at: round(x(elapsedSeconds)),
      up: round(y(validationPerplexity)),
    }));
  const last = places[places.length - 1];
  if (last === undefined) {
    return "";
  }
  const colour = `var(--series-${index % COLOUR_COUNT})`;
  // Colours repeat after five; then the dashes tell lines apart.
  const dash = index < COLOUR_COUNT ? "" : ` stroke-dasharray="${2 + 2 * Math.floor(index / COLOUR_COUNT)} 3"`;
  const path = places.map(({ at, up }) => `${at},${up}`).join(" ");
  const dots = places.map(({ at, up }) => `<circle cx="${at}" cy="${up}" r="2.5" fill="${colour}"/>`).join("");
  return (
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"${dash}/>${dots}` +
    `<text x="${last.at + 8}" y="${last.up + 4}" style="fill: ${colour}">${escapeHtml(model)}</text>`
  );
}

/** Round numbers between two perplexities, about six of them. */
function perplexityTicks(low: number, high: number): readonly number[] {
  const all = [1, 1.5, 2, 3, 5, 7].flatMap((digit) => Array.from({ length: 8 }, (_, power) => digit * 10 ** power));
  const within = all.filter((tick) => tick >= low && tick <= high).sort((a, b) => a - b);
  const stride = Math.max(1, Math.ceil(within.length / 6));
  return within.filter((_, index) => index % stride === 0);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
