import { readablePerplexity } from "../base/readableNumbers.ts";
import type { ComparisonView } from "../protocol/comparisonView.ts";
import { mergedColumns } from "./chartData.ts";
import { type ChartSpec, NETWORK_COLOURS, type SeriesSpec } from "./chartSpecs.ts";

/** The learning curves of the networks in a comparison in one plot; with more of them than colours the rest are dashed. */
export function comparisonChart(models: readonly string[]): ChartSpec<ComparisonView> {
  return {
    id: "comparison",
    title: "Validation perplexity while each learns",
    unit: "log scale, lower is better",
    isLogarithmic: true,
    width: "whole",
    series: models.map((name, index) => ({ ...styleOf(index), name, isInLegend: true })),
    columns: ({ curves }) =>
      mergedColumns(
        curves.map(({ points }) => ({
          points: points.map(({ seconds, perplexity }) => ({ x: seconds, y: perplexity })),
        })),
      ),
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
  const colour = NETWORK_COLOURS[index % NETWORK_COLOURS.length] ?? "training";
  return { colour, kind: index < NETWORK_COLOURS.length ? "points" : "level" };
}
