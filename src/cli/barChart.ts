import { escapeHtml } from "../evaluation/replay/escapeHtml.ts";

export interface BarChart {
  readonly label: string;
  readonly counts: readonly number[];
  /** What stands below the first bar, the middle and the last one. */
  readonly marks: readonly [string, string, string];
  /** Of the colours `--series-0` and so on. */
  readonly colour: number;
}

const WIDTH = 240;
const HEIGHT = 110;
const BASE = 88;
const TOP = 4;

/** A histogram as small SVG; the highest bar fills it. */
export function barChart({ label, counts, marks, colour }: BarChart): string {
  const most = Math.max(1, ...counts);
  const width = WIDTH / Math.max(counts.length, 1);
  const bars = counts.map((count, index) => {
    const height = round((count / most) * (BASE - TOP));
    return `<rect x="${round(index * width)}" y="${round(BASE - height)}" width="${round(width - 1)}" height="${height}" fill="var(--series-${colour})"/>`;
  });
  const anchors = ["start", "middle", "end"] as const;
  const texts = marks.map(
    (mark, index) =>
      `<text class="tick" x="${(index * WIDTH) / 2}" y="${HEIGHT - 6}" text-anchor="${anchors[index] ?? "middle"}">${escapeHtml(mark)}</text>`,
  );
  return (
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(label)}" style="max-width: ${WIDTH}px">` +
    `${bars.join("")}<line class="grid" x1="0" x2="${WIDTH}" y1="${BASE}" y2="${BASE}"/>${texts.join("")}</svg>`
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
