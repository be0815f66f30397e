import uPlot from "uplot";
import type { Disposable } from "../base/disposable.ts";
import { readableCount, readableFigure } from "../base/readableNumbers.ts";
import type { RunHistory } from "../protocol/dashboardMessages.ts";
import { linearTicks, tickText } from "./axisTicks.ts";
import { ChartFrame } from "./chartFrame.ts";
import type { HistogramPicture, HistogramSpec } from "./chartSpecs.ts";
import { horizontalAxis, verticalAxis } from "./plotAxes.ts";
import type { ChartColours } from "./theme.ts";

/** A histogram with its caption and legend. */
export class HistogramChart<Source = RunHistory> implements Disposable {
  readonly #spec: HistogramSpec<Source>;
  readonly #frame: ChartFrame;
  #plot: uPlot | undefined;
  #colours: ChartColours;
  #picture: HistogramPicture = { histogram: { bounds: [], counts: [] }, thresholdPlace: null, values: [], label: "" };

  public constructor(spec: HistogramSpec<Source>, colours: ChartColours) {
    this.#spec = spec;
    this.#colours = colours;
    this.#frame = new ChartFrame(spec, {
      swatches: spec.legend.map((name) => ({ name, colour: spec.colour, kind: "none" })),
      onResize: (size) => this.#plot?.setSize(size),
    });
  }

  public get root(): HTMLElement {
    return this.#frame.root;
  }

  public show(source: Source): void {
    this.#picture = this.#spec.picture(source);
    this.#frame.describe(this.#picture.label);
    this.#frame.showValues(this.#picture.values, "");
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

  /** Bins by their number: bars are even whatever the scale of their bounds. */
  #data(): uPlot.AlignedData {
    return [this.#picture.histogram.counts.map((_, index) => index), [...this.#picture.histogram.counts]];
  }

  #options(): uPlot.Options {
    const { font } = this.#frame;
    const fill = this.#colours[this.#spec.colour];
    const bars = uPlot.paths.bars?.({ size: [0.84, 40], radius: 0.15 });
    return {
      ...this.#frame.size,
      padding: [10, 18, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: () => [-0.6, Math.max(1, this.#picture.histogram.counts.length) - 0.4] },
        y: { range: (_plot, _least, most) => [0, Math.max(1, most * 1.12)] },
      },
      axes: [
        {
          ...horizontalAxis(this.#colours, font),
          splits: () => [0, 1, 2, 3, 4].map((part) => (part * this.#picture.histogram.counts.length) / 4 - 0.5),
          values: (_plot, places) =>
            places.map((place) => tickText(readableFigure(this.#picture.histogram.bounds[Math.round(place + 0.5)]))),
        },
        {
          ...verticalAxis(this.#colours, font),
          splits: (...[, , least, most]) => [...linearTicks(least, most)],
          values: (_plot, ticks) => ticks.map((tick) => readableCount(tick)),
        },
      ],
      series: [
        {},
        {
          stroke: fill,
          fill,
          width: 0,
          points: { show: false },
          ...(bars === undefined ? {} : { paths: bars }),
        },
      ],
      hooks: { draw: [(plot) => this.#drawThreshold(plot)] },
    };
  }

  #drawThreshold(plot: uPlot): void {
    const { thresholdPlace } = this.#picture;
    if (thresholdPlace === null) {
      return;
    }
    const x = plot.valToPos(thresholdPlace, "x", true);
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
