import type { Disposable } from "../base/disposable.ts";
import type { ChartSpec, HistogramSpec } from "./chartSpecs.ts";
import { element } from "./elements.ts";
import { HistogramChart } from "./histogramChart.ts";
import { LineChart } from "./lineChart.ts";
import type { ChartColours } from "./theme.ts";

/** Charts side by side that come and go with what there is to draw; out of sight where there is none. */
export class ChartGrid<Source> implements Disposable {
  public readonly root = element("div", { class: "charts" });
  #charts: readonly (LineChart<Source> | HistogramChart<Source>)[] = [];
  /** Of the charts that are there: their specifications but for what is computed. */
  #key = "[]";
  #colours: ChartColours;

  public constructor(colours: ChartColours) {
    this.#colours = colours;
    this.root.hidden = true;
  }

  /** Draws the source; charts stay while their specifications do, so that a pointer over one of them is not lost. */
  public show(specs: readonly (ChartSpec<Source> | HistogramSpec<Source>)[], source: Source): void {
    const key = JSON.stringify(specs);
    if (key !== this.#key) {
      this.dispose();
      this.#key = key;
      this.#charts = specs.map((spec) =>
        "picture" in spec ? new HistogramChart(spec, this.#colours) : new LineChart(spec, this.#colours),
      );
      this.root.append(...this.#charts.map(({ root }) => root));
      this.root.hidden = specs.length === 0;
    }
    for (const chart of this.#charts) {
      chart.show(source);
    }
  }

  /** Draws again in other colours. */
  public recolour(colours: ChartColours): void {
    this.#colours = colours;
    for (const chart of this.#charts) {
      chart.recolour(colours);
    }
  }

  public dispose(): void {
    for (const chart of this.#charts) {
      chart.dispose();
    }
    this.#charts = [];
    this.#key = "[]";
  }
}
