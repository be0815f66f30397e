import { readableCount, readableFigure } from "../../base/readableNumbers.ts";
import { curveChart } from "./curveChart.ts";
import { escapeHtml } from "./escapeHtml.ts";
import type { ReplayExample, ReplayExamples } from "./replayExamples.ts";
import type { CurvePoint, ReplayFigures } from "./replayFigures.ts";
import { REPORT_STYLE } from "./reportStyle.ts";

/** One way to suggest, measured on the same typing as the others. */
export interface ReportSystem {
  readonly name: string;
  readonly figures: ReplayFigures;
  /** With a typist who takes leading words too. */
  readonly wordFigures: ReplayFigures;
  /** Null where its suggestions have no probability. */
  readonly coverageCurve: readonly CurvePoint[] | null;
}

export interface ReportContent {
  readonly title: string;
  /** What was measured and how, in sentences. */
  readonly description: readonly string[];
  /** The product first. */
  readonly systems: readonly ReportSystem[];
  readonly perLanguage: Readonly<Record<string, ReplayFigures>>;
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly examples: ReplayExamples;
}

/** The report of a replay as one HTML page that needs nothing else. */
export function replayReport(content: ReportContent): string {
  const { title, description, systems, perLanguage, latencyMs, examples } = content;
  const curves = systems.flatMap(({ name, coverageCurve }) =>
    coverageCurve === null ? [] : [{ name, points: coverageCurve }],
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${description.map((sentence) => `<p class="quiet">${escapeHtml(sentence)}</p>`).join("\n")}
<h2>Keys saved</h2>
${figuresTable(systems.map(({ name, figures, wordFigures }) => ({ name, figures, wordFigures })))}
<p class="quiet">Net saved is 1 − (keystrokes + ½ · shown) / characters. “Words” is the net saving of a typist who also takes leading words, one key each.</p>
<h2>Precision and coverage</h2>
${curveChart(curves)}
<p class="quiet">Each point leaves out what is less probable than a threshold, from one recording of what was shown; the mark at the right end shows everything.</p>
<h2>By language</h2>
${figuresTable(Object.entries(perLanguage).map(([name, figures]) => ({ name, figures, wordFigures: null })))}
<h2>Latency</h2>
<p>From asking to the answer, over all characters: p50 ${readableFigure(latencyMs.p50)} ms, p95 ${readableFigure(latencyMs.p95)} ms, p99 ${readableFigure(latencyMs.p99)} ms.</p>
${examplesSection("Best suggestions", "Taken with one key; the longest first.", examples.best)}
${examplesSection("Worst suggestions", "Wrong; the surest first.", examples.worst)}
${examplesSection("Usual mistakes", "Wrong from the first character; some of them, in the order in which they came.", examples.usual)}
</body>
</html>
`;
}

interface TableRow {
  readonly name: string;
  readonly figures: ReplayFigures;
  readonly wordFigures: ReplayFigures | null;
}

function figuresTable(rows: readonly TableRow[]): string {
  const hasWords = rows.some(({ wordFigures }) => wordFigures !== null);
  const head = [
    "",
    "characters",
    "net saved",
    ...(hasWords ? ["words"] : []),
    "keys saved",
    "completed",
    "precision",
    "shown",
    "length",
  ];
  const body = rows.map(({ name, figures, wordFigures }) =>
    [
      `<th scope="row">${escapeHtml(name)}</th>`,
      cell(readableCount(figures.characters)),
      cell(percent(figures.netSaved)),
      ...(hasWords ? [cell(percent(wordFigures?.netSaved ?? null))] : []),
      cell(percent(figures.keystrokesSaved)),
      cell(percent(figures.completedRatio)),
      cell(percent(figures.precision)),
      cell(readableCount(figures.shown)),
      cell(readableFigure(figures.acceptedLength)),
    ].join(""),
  );
  return `<div class="wide${hasWords ? " first" : ""}"><table>
<thead><tr>${head.map((name) => `<th scope="col">${name}</th>`).join("")}</tr></thead>
<tbody>${body.map((row) => `<tr>${row}</tr>`).join("\n")}</tbody>
</table></div>`;
}

function cell(text: string): string {
  return `<td>${text}</td>`;
}

function examplesSection(title: string, note: string, examples: readonly ReplayExample[]): string {
  if (examples.length === 0) {
    return "";
  }
  return `<h2>${title}</h2>
<p class="quiet">${note} Ghost text stands where it was shown; where something else was written, that is below it.</p>
${examples.map(exampleFigure).join("\n")}`;
}

function exampleFigure({ path, line, above, prefix, suggested, written, probability }: ReplayExample): string {
  const context = above.map((text) => `${escapeHtml(text)}\n`).join("");
  const indent = prefix.replace(/[^\t]/g, " ");
  // A right suggestion says what was written; only what differs is worth a line.
  const truth = written.startsWith(suggested) ? "" : `\n<span class="truth">${indent}${escapeHtml(written)}⏎</span>`;
  return `<figure>
<figcaption>${escapeHtml(path)}:${line} <span class="quiet">probability ${probability.toFixed(2)}</span></figcaption>
<pre>${context}${escapeHtml(prefix)}<span class="ghost">${escapeHtml(suggested)}</span>${truth}</pre>
</figure>`;
}

function percent(share: number | null): string {
  return share === null ? "–" : `${(share * 100).toFixed(1)} %`;
}
