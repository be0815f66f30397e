import { escapeHtml } from "./escapeHtml.ts";
import type { CurvePoint } from "./replayFigures.ts";

export interface CurveSeries {
  readonly name: string;
  readonly points: readonly CurvePoint[];
}

const WIDTH = 720;
const HEIGHT = 380;
const MARGIN = { top: 16, right: 150, bottom: 44, left: 52 };

/** A precision–coverage diagram as SVG; its colours are the CSS variables `--series-0` and so on, `--quiet` and `--grid`. */
export function curveChart(series: readonly CurveSeries[]): string {
  const drawn = series.map(({ name, points }) => ({ name, places: points.flatMap(placeOf) }));
  const mostCoverage = Math.max(0.05, ...drawn.flatMap(({ places }) => places.map(({ coverage }) => coverage)));
  const xMost = Math.min(1, Math.ceil(mostCoverage * 20) / 20);
  const x = (coverage: number): number => MARGIN.left + (coverage / xMost) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (precision: number): number => HEIGHT - MARGIN.bottom - precision * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const labels = spreadLabels(drawn.map(({ places }) => y(places[0]?.precision ?? 0)));
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Precision over coverage">`,
    gridLines(xMost, { x, y }),
    ...drawn.map(({ name, places }, index) =>
      drawSeries({ name, places, index, labelY: labels[index] ?? 0 }, { x, y }),
    ),
    "</svg>",
  ].join("\n");
}

/** Distances between the marks of the coverage. */
const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2];
const MOST_TICKS = 6;

interface CurvePlace {
  readonly threshold: number;
  readonly coverage: number;
  readonly precision: number;
  readonly netSaved: number;
}

interface Scales {
  readonly x: (coverage: number) => number;
  readonly y: (precision: number) => number;
}

/** Where nothing was shown there is no precision. */
function placeOf({ threshold, coverage, precision, netSaved }: CurvePoint): readonly CurvePlace[] {
  return coverage === null || precision === null ? [] : [{ threshold, coverage, precision, netSaved: netSaved ?? 0 }];
}

function gridLines(xMost: number, { x, y }: Scales): string {
  const parts: string[] = [];
  for (let tenth = 0; tenth <= 10; tenth += 2) {
    const at = round(y(tenth / 10));
    parts.push(`<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}"/>`);
    parts.push(`<text class="tick" x="${MARGIN.left - 8}" y="${at + 4}" text-anchor="end">${tenth * 10} %</text>`);
  }
  const step = STEPS.find((some) => xMost / some <= MOST_TICKS) ?? 0.2;
  for (let coverage = 0; coverage <= xMost + 1e-9; coverage += step) {
    const at = round(x(coverage));
    parts.push(
      `<text class="tick" x="${at}" y="${HEIGHT - MARGIN.bottom + 18}" text-anchor="middle">${Math.round(coverage * 100)} %</text>`,
    );
  }
  const middle = round((MARGIN.left + WIDTH - MARGIN.right) / 2);
  parts.push(
    `<text class="tick" x="${middle}" y="${HEIGHT - 6}" text-anchor="middle">coverage: share of places where something is on the screen</text>`,
  );
  const centre = round((MARGIN.top + HEIGHT - MARGIN.bottom) / 2);
  parts.push(
    `<text class="tick" transform="rotate(-90 12 ${centre})" x="12" y="${centre}" text-anchor="middle">precision: accepted of shown</text>`,
  );
  return parts.join("\n");
}

interface DrawnSeries {
  readonly name: string;
  readonly places: readonly CurvePlace[];
  readonly index: number;
  readonly labelY: number;
}

function drawSeries({ name, places, index, labelY }: DrawnSeries, { x, y }: Scales): string {
  if (places.length === 0) {
    return "";
  }
  const colour = `var(--series-${index})`;
  const points = places.map((place) => `${round(x(place.coverage))},${round(y(place.precision))}`).join(" ");
  const dots = places.map(
    (place) =>
      `<circle cx="${round(x(place.coverage))}" cy="${round(y(place.precision))}" r="3" fill="${colour}"><title>${escapeHtml(
        `${name}, from probability ${place.threshold} on: precision ${percent(place.precision)}, coverage ${percent(place.coverage)}, net saved ${percent(place.netSaved)}`,
      )}</title></circle>`,
  );
  const labelX = WIDTH - MARGIN.right + 12;
  return [
    `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...dots,
    `<rect x="${labelX}" y="${round(labelY) - 9}" width="10" height="10" rx="2" fill="${colour}"/>`,
    `<text class="label" x="${labelX + 16}" y="${round(labelY)}">${escapeHtml(name)}</text>`,
  ].join("\n");
}

const LABEL_HEIGHT = 18;

/** Moves labels down until none covers another. */
function spreadLabels(wanted: readonly number[]): readonly number[] {
  const places = [...wanted];
  const order = wanted.map((_, index) => index).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  let least = MARGIN.top + LABEL_HEIGHT;
  for (const index of order) {
    const at = Math.max(least, wanted[index] ?? 0);
    places[index] = at;
    least = at + LABEL_HEIGHT;
  }
  return places;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
