import type uPlot from "uplot";
import type { ChartColours } from "./theme.ts";

/** How the axis below a chart looks; what stands at it is the chart's. */
export function horizontalAxis({ text, axis }: ChartColours, font: string): uPlot.Axis {
  return {
    stroke: text,
    font,
    size: 30,
    gap: 6,
    grid: { show: false },
    ticks: { stroke: axis, width: 1, size: 4 },
    border: { show: true, stroke: axis, width: 1 },
  };
}

/** How the axis beside a chart looks. */
export function verticalAxis({ text, grid }: ChartColours, font: string): uPlot.Axis {
  return { stroke: text, font, size: 52, gap: 8, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
}
