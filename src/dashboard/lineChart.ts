import uPlot from "uplot";
import type { Disposable } from "../base/disposable.ts";
import type { RunHistory } from "../protocol/dashboardMessages.ts";
import { linearTicks, logarithmicTicks, tickText } from "./axisTicks.ts";
import { ChartFrame } from "./chartFrame.ts";
import type { Columns } from "./chartData.ts";
import { type ChartSpec, type HorizontalAxis, type SeriesSpec, TIME_AXIS } from "./chartSpecs.ts";
import { horizontalAxis, verticalAxis } from "./plotAxes.ts";
import type { ChartColours } from "./theme.ts";

/** A chart of lines, over time where its specification says nothing else, with its caption and legend. */
export class LineChart<Source = RunHistory> implements Disposable {
  readonly #spec: ChartSpec<Source>;
  readonly #frame: ChartFrame;
  #plot: uPlot | undefined;
  #colours: ChartColours;
  #columns: Columns = [[]];

  public constructor(spec: ChartSpec<Source>, colours: ChartColours) {
    this.#spec = spec;
    this.#colours = colours;
    this.#frame = new ChartFrame(spec, {
      swatches: spec.series
        .filter(({ isInLegend }) => isInLegend)
        .map(({ name, colour, kind }) => ({ name, colour, kind })),
      onResize: (size) => this.#plot?.setSize(size),
    });
  }

  public get root(): HTMLElement {
    return this.#frame.root;
  }

  get #axis(): HorizontalAxis {
    return this.#spec.axis ?? TIME_AXIS;
  }

  /** Draws the source; the legend shows the last values until the pointer is over a chart. */
  public show(source: Source): void {
    this.#columns = this.#spec.columns(source);
    this.#frame.describe(this.#spec.describe(source));
    if (this.#plot === undefined) {
      this.#draw();
    } else {
      this.#plot.setData(toAlignedData(this.#columns));
    }
    this.#showValues(this.#plot?.cursor.idx ?? null);
  }

  /** Draws again in other colours. */
  public recolour(colours: ChartColours): void {
    this.#colours = colours;
    if (this.#plot !== undefined) {
      this.#draw();
    }
  }

  public dispose(): void {
    this.#frame.dispose();
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  #draw(): void {
    this.#plot?.destroy();
    this.#plot = new uPlot(this.#options(), toAlignedData(this.#columns), this.#frame.plotArea);
  }

  #options(): uPlot.Options {
    const { series } = this.#spec;
    return {
      ...this.#frame.size,
      padding: [10, 18, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: false, y: false },
        points: { size: 7 },
        sync: { key: this.#axis.group, scales: ["x", null] },
      },
      scales: { x: { time: false, range: (_plot, least, most) => [least > 0 ? 0 : least, most] }, y: this.#yScale() },
      axes: [this.#xAxis(), this.#yAxis()],
      series: [{}, ...series.map((one) => this.#series(one))],
      hooks: { setCursor: [(plot) => this.#showValues(plot.cursor.idx ?? null)] },
    };
  }

  #yScale(): uPlot.Scale {
    if (this.#spec.isLogarithmic) {
      // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- uPlot declares an ambient const enum, which isolated modules cannot read
      return { distr: 3, range: (_plot, least, most) => [least * 0.88, most * 1.12] };
    }
    const { linearMost } = this.#spec;
    return { range: (_plot, _least, most) => [0, linearMost ?? (most > 0 ? most * 1.12 : 1)] };
  }

  #xAxis(): uPlot.Axis {
    return {
      ...horizontalAxis(this.#colours, this.#frame.font),
      splits: (...[plot, , least, most]) => [
        ...this.#axis.ticks(least, most, Math.max(3, Math.floor(plot.width / 110))),
      ],
      values: (_plot, ticks) => ticks.map(this.#axis.text),
    };
  }

  #yAxis(): uPlot.Axis {
    const { isLogarithmic, format } = this.#spec;
    return {
      ...verticalAxis(this.#colours, this.#frame.font),
      splits: (...[, , least, most]) => [...(isLogarithmic ? logarithmicTicks(least, most) : linearTicks(least, most))],
      filter: (_plot, ticks) => ticks,
      values: (_plot, ticks) => ticks.map((tick) => tickText(format(tick))),
    };
  }

  #series({ colour, kind }: SeriesSpec): uPlot.Series {
    const stroke = this.#colours[colour];
    switch (kind) {
      case "line":
        return { stroke, width: 2, spanGaps: true, points: { show: false } };
      case "fine":
        return { stroke, width: 1.25, spanGaps: true, points: { show: false } };
      case "faint":
        return { stroke, width: 1, alpha: 0.35, spanGaps: true, points: { show: false } };
      case "points":
        return {
          stroke,
          width: 1.5,
          spanGaps: true,
          points: { show: true, size: 6, width: 1.5, stroke, fill: this.#colours.surface },
        };
      case "level":
        return { stroke, width: 1.25, dash: [5, 4], spanGaps: true, points: { show: false } };
    }
  }

  #showValues(index: number | null): void {
    const [places, ...series] = this.#columns;
    const values = this.#spec.series.flatMap(({ isInLegend }, place) => {
      if (!isInLegend) {
        return [];
      }
      const value = valueAt(series[place] ?? [], index ?? places.length - 1);
      return [value === null ? "–" : this.#spec.format(value)];
    });
    const place = index === null ? undefined : places[index];
    this.#frame.showValues(values, place === undefined ? "" : this.#axis.place(place));
  }
}

/** The value at an index or the last one before it; a series of few points has none at most times. */
function valueAt(column: readonly (number | null)[], index: number): number | null {
  for (let place = index; place >= 0; place--) {
    const value = column[place];
    if (value !== null && value !== undefined) {
      return value;
    }
  }
  return null;
}

function toAlignedData([places, ...series]: Columns): uPlot.AlignedData {
  return [[...places], ...series.map((column) => [...column])];
}
