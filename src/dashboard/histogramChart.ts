import uPlot from "uplot";
import type { Disposable } from "../base/disposable.ts";
import { readableCount, readableFigure } from "../base/readableNumbers.ts";
import type { RunHistory } from "../protocol/dashboardMessages.ts";
import { linearTicks, tickText } from "./axisTicks.ts";
import { clipNormOf, gradientHistogram, gradientSpread, type Histogram } from "./chartData.ts";
import { ChartFrame } from "./chartFrame.ts";
import type { ChartColours } from "./theme.ts";

/** How gradient norms before clipping spread over all steps, with the norm at which they are clipped. */
export class HistogramChart implements Disposable {
  readonly #frame: ChartFrame;
  #plot: uPlot | undefined;
  #colours: ChartColours;
  #histogram: Histogram = { bounds: [], counts: [] };
  #thresholdPlace: number | null = null;

  public constructor(colours: ChartColours) {
    this.#colours = colours;
    this.#frame = new ChartFrame(
      { id: "gradientHistogram", title: "Gradient norms", unit: "steps by norm before clipping", width: "half" },
      {
        swatches: [
          { name: "least", colour: "second", kind: "none" },
          { name: "median", colour: "second", kind: "none" },
          { name: "most", colour: "second", kind: "none" },
        ],
        onResize: (size) => this.#plot?.setSize(size),
      },
    );
  }

  public get root(): HTMLElement {
    return this.#frame.root;
  }

  public show(history: RunHistory): void {
    this.#histogram = gradientHistogram(history);
    this.#thresholdPlace = placeOf(clipNormOf(history), this.#histogram);
    const spread = gradientSpread(history);
    const texts = [spread?.least, spread?.median, spread?.most].map((value) => readableFigure(value));
    this.#frame.describe(
      `Histogram of gradient norms before clipping: least ${texts[0] ?? ""}, median ${texts[1] ?? ""}, most ${texts[2] ?? ""}.`,
    );
    this.#frame.showValues(texts, "");
    if (this.#plot === undefined) {
      this.#draw();
    } else {
      this.#plot.setData(this.#data());
    }
  }

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
    this.#plot = new uPlot(this.#options(), this.#data(), this.#frame.plotArea);
  }

  /** Bins by their number: bars are even in the logarithm of the norm. */
  #data(): uPlot.AlignedData {
    return [this.#histogram.counts.map((_, index) => index), [...this.#histogram.counts]];
  }

  #options(): uPlot.Options {
    const { text, grid, axis, second } = this.#colours;
    const bars = uPlot.paths.bars?.({ size: [0.84, 40], radius: 0.15 });
    return {
      ...this.#frame.size,
      padding: [10, 18, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: () => [-0.6, Math.max(1, this.#histogram.counts.length) - 0.4] },
        y: { range: (_plot, _least, most) => [0, Math.max(1, most * 1.12)] },
      },
      axes: [
        {
          stroke: text,
          font: this.#frame.font,
          size: 30,
          gap: 6,
          grid: { show: false },
          ticks: { stroke: axis, width: 1, size: 4 },
          border: { show: true, stroke: axis, width: 1 },
          splits: () => [0, 1, 2, 3, 4].map((part) => (part * this.#histogram.counts.length) / 4 - 0.5),
          values: (_plot, places) =>
            places.map((place) => tickText(readableFigure(this.#histogram.bounds[Math.round(place + 0.5)]))),
        },
        {
          stroke: text,
          font: this.#frame.font,
          size: 52,
          gap: 8,
          grid: { stroke: grid, width: 1 },
          ticks: { show: false },
          splits: (...[, , least, most]) => [...linearTicks(least, most)],
          values: (_plot, ticks) => ticks.map((tick) => readableCount(tick)),
        },
      ],
      series: [
        {},
        {
          stroke: second,
          fill: second,
          width: 0,
          points: { show: false },
          ...(bars === undefined ? {} : { paths: bars }),
        },
      ],
      hooks: { draw: [(plot) => this.#drawThreshold(plot)] },
    };
  }

  #drawThreshold(plot: uPlot): void {
    if (this.#thresholdPlace === null) {
      return;
    }
    const x = plot.valToPos(this.#thresholdPlace, "x", true);
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = this.#colours.threshold;
    ctx.lineWidth = 1.25 * devicePixelRatio;
    ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }
}

/** Where a norm lies on the axis of bins; null where it is outside. */
function placeOf(norm: number | null, { bounds }: Histogram): number | null {
  const [least, second] = bounds;
  const most = bounds.at(-1);
  if (
    norm === null ||
    least === undefined ||
    second === undefined ||
    most === undefined ||
    norm < least ||
    norm > most
  ) {
    return null;
  }
  return Math.log(norm / least) / Math.log(second / least) - 0.5;
}
