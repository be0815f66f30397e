import { escapeHtml } from "../evaluation/replay/escapeHtml.ts";

/** A line of a chart. */
export interface LogSeries {
  readonly name: string;
  /** Values that are not finite, and those of 0 or less, are left out. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** Of the colours `--series-0` and so on; default: the line's own number. */
  readonly colour?: number;
  readonly isDashed?: boolean;
}

export interface LogChart {
  /** What the drawing shows, for those who do not see it. */
  readonly label: string;
  readonly series: readonly LogSeries[];
  /** The text of a mark on the axis of x. */
  readonly xText: (x: number) => string;
  /** Whether dots mark the points. */
  readonly hasDots?: boolean;
}

const COLOUR_COUNT = 5;
const WIDTH = 720;
const HEIGHT = 380;
const MARGIN = { top: 16, right: 150, bottom: 44, left: 64 };
const LABEL_HEIGHT = 16;
const MOST_TICKS = 6;

interface Scales {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

/** Lines over x from 0 on, with a logarithmic scale upwards, as SVG: for what changes by factors. */
export function logChart({ label, series, xText, hasDots = false }: LogChart): string {
  const drawn = series.map((line, index) => ({
    ...line,
    colour: (line.colour ?? index) % COLOUR_COUNT,
    // Colours repeat after five; then the dashes tell lines apart.
    dash: (line.isDashed ?? false) ? 3 : 2 * Math.floor((line.colour ?? index) / COLOUR_COUNT),
    points: line.points.filter(({ y }) => Number.isFinite(y) && y > 0),
  }));
  const values = drawn.flatMap(({ points }) => points.map(({ y }) => y));
  if (values.length === 0) {
    return "";
  }
  const low = values.reduce((a, b) => Math.min(a, b)) / 1.05;
  const high = values.reduce((a, b) => Math.max(a, b)) * 1.05;
  const longest = Math.max(1, ...drawn.map(({ points }) => points[points.length - 1]?.x ?? 0));
  const share = (value: number): number => Math.log(value / low) / Math.log(high / low);
  const scales: Scales = {
    x: (value) => MARGIN.left + (value / longest) * (WIDTH - MARGIN.left - MARGIN.right),
    y: (value) => HEIGHT - MARGIN.bottom - share(value) * (HEIGHT - MARGIN.top - MARGIN.bottom),
  };
  const labels = spread(drawn.map(({ points }) => scales.y(points[points.length - 1]?.y ?? high)));
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(label)}">`,
    ...grid({ low, high, longest, xText }, scales),
    ...drawn.map((line, index) => drawLine({ ...line, hasDots, labelY: labels[index] ?? 0 }, scales)),
    "</svg>",
  ].join("\n");
}

interface GridRange {
  readonly low: number;
  readonly high: number;
  readonly longest: number;
  readonly xText: LogChart["xText"];
}

function grid({ low, high, longest, xText }: GridRange, { x, y }: Scales): readonly string[] {
  return [
    ...logTicks(low, high).map(
      (tick) =>
        `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${round(y(tick))}" y2="${round(y(tick))}"/>` +
        `<text class="tick" x="${MARGIN.left - 8}" y="${round(y(tick) + 4)}" text-anchor="end">${tickText(tick)}</text>`,
    ),
    ...[0, 0.25, 0.5, 0.75, 1].map(
      (part) =>
        `<text class="tick" x="${round(x(part * longest))}" y="${HEIGHT - MARGIN.bottom + 18}" text-anchor="middle">${escapeHtml(xText(part * longest))}</text>`,
    ),
  ];
}

interface DrawnLine extends Pick<LogSeries, "name" | "points"> {
  readonly colour: number;
  readonly dash: number;
  readonly hasDots: boolean;
  readonly labelY: number;
}

function drawLine({ name, points, colour, dash, hasDots, labelY }: DrawnLine, { x, y }: Scales): string {
  const places = points.map((point) => ({ at: round(x(point.x)), up: round(y(point.y)) }));
  const last = places[places.length - 1];
  if (last === undefined) {
    return "";
  }
  const stroke = `var(--series-${colour})`;
  const dashes = dash === 0 ? "" : ` stroke-dasharray="${2 + dash} 3"`;
  const path = places.map(({ at, up }) => `${at},${up}`).join(" ");
  const dots = hasDots
    ? places.map(({ at, up }) => `<circle cx="${at}" cy="${up}" r="2.5" fill="${stroke}"/>`).join("")
    : "";
  return (
    `<polyline points="${path}" fill="none" stroke="${stroke}" stroke-width="2"${dashes}/>${dots}` +
    `<text x="${last.at + 8}" y="${round(labelY + 4)}" style="fill: ${stroke}">${escapeHtml(name)}</text>`
  );
}

/** Round numbers between two bounds, about six of them: of one digit where they are near, else powers of ten. */
export function logTicks(low: number, high: number): readonly number[] {
  const first = Math.floor(Math.log10(low));
  const decades = Array.from({ length: Math.ceil(Math.log10(high)) - first + 1 }, (_, index) => first + index);
  const digits = decades.length > 4 ? [1] : [1, 1.5, 2, 3, 5, 7];
  // Written out, so that 3e-5 is that number and not a neighbour of it.
  const all = decades.flatMap((power) => digits.map((digit) => Number(`${digit}e${power}`)));
  const within = all.filter((tick) => tick >= low && tick <= high);
  const stride = Math.max(1, Math.ceil(within.length / MOST_TICKS));
  return within.filter((_, index) => index % stride === 0);
}

function tickText(tick: number): string {
  return tick >= 1e-3 && tick < 1e6 ? String(tick) : tick.toExponential().replace("e+", "e");
}

/** Moves labels down until none covers another. */
function spread(wanted: readonly number[]): readonly number[] {
  const places = [...wanted];
  const order = [...wanted.keys()].sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  let least = 0;
  for (const index of order) {
    places[index] = Math.max(least, wanted[index] ?? 0);
    least = (places[index] ?? 0) + LABEL_HEIGHT;
  }
  const below = Math.max(0, least - LABEL_HEIGHT - (HEIGHT - MARGIN.bottom));
  return places.map((place) => place - below);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
