import { readablePerplexity } from "../base/readableNumbers.ts";
import type { ComparisonView } from "../protocol/comparisonView.ts";
import type { Columns } from "./chartData.ts";
import type { ChartSpec, SeriesSpec } from "./chartSpecs.ts";

const COLOURS = ["training", "validation", "second", "threshold"] as const;

/** The learning curves of the networks in a comparison in one plot; with more of them than colours the rest are dashed. */
export function comparisonChart(models: readonly string[]): ChartSpec<ComparisonView> {
  return {
    id: "comparison",
    title: "Validation perplexity while each learns",
    unit: "log scale, lower is better",
    isLogarithmic: true,
    width: "whole",
    series: models.map((name, index) => ({ ...styleOf(index), name, isInLegend: true })),
    columns: ({ curves }) => curveColumns(curves),
    format: readablePerplexity,
    describe: ({ curves }) =>
      curves
        .map(({ model, points }) => {
          const last = points.at(-1);
          return last === undefined ? model : `${model}: ${readablePerplexity(last.perplexity)} at the end`;
        })
        .join("; "),
  };
}

function styleOf(index: number): Pick<SeriesSpec, "colour" | "kind"> {
  const colour = COLOURS[index % COLOURS.length] ?? "training";
  return { colour, kind: index < COLOURS.length ? "points" : "level" };
}

/** The times of all curves merged, ascending, and a column for each. */
function curveColumns(curves: ComparisonView["curves"]): Columns {
  const times = [...new Set(curves.flatMap(({ points }) => points.map(({ seconds }) => seconds)))].sort(
    (a, b) => a - b,
  );
  const columns = curves.map(({ points }) => {
    const known = new Map(points.map(({ seconds, perplexity }) => [seconds, perplexity]));
    return times.map((time) => known.get(time) ?? null);
  });
  return [times, ...columns];
}
