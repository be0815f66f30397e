import type { Disposable } from "../base/disposable.ts";
import type { ChartWidth } from "./chartSpecs.ts";
import { element, setText } from "./elements.ts";

export interface FrameContent {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly width: ChartWidth;
}

export interface Swatch {
  readonly name: string;
  /** Name of a colour of the charts. */
  readonly colour: string;
  readonly kind: string;
}

export interface FrameOptions {
  readonly swatches: readonly Swatch[];
  readonly onResize: (size: PlotSize) => void;
}

/** In CSS pixels. */
export interface PlotSize {
  readonly width: number;
  readonly height: number;
}

/** The card around a chart: caption, legend with values, and the area to draw in, which follows the page's width. */
export class ChartFrame implements Disposable {
  public readonly root: HTMLElement;
  public readonly plotArea: HTMLElement;
  readonly #values: readonly HTMLElement[];
  readonly #place = element("span", { class: "legend-place" });
  readonly #observer: ResizeObserver;
  readonly #width: ChartWidth;

  public constructor({ id, title, unit, width }: FrameContent, { swatches, onResize }: FrameOptions) {
    this.#width = width;
    this.#values = swatches.map(() => element("span", { class: "legend-value" }));
    this.plotArea = element("div", { class: "plot", role: "img", "data-testid": `plot-${id}` });
    const legend = swatches.map(({ name, colour, kind }, index) =>
      element("span", { class: "legend-item" }, [
        element("span", { class: `swatch swatch-${kind} colour-${colour}`, "aria-hidden": "true" }),
        element("span", {}, [name]),
        this.#values[index] ?? "",
      ]),
    );
    this.root = element("figure", { class: `chart chart-${width}`, "data-testid": `chart-${id}` }, [
      element("figcaption", {}, [
        element("span", { class: "chart-title" }, [title]),
        element("span", { class: "chart-unit" }, [unit]),
        element("span", { class: "legend" }, [...legend, this.#place]),
      ]),
      this.plotArea,
    ]);
    this.#observer = new ResizeObserver(() => {
      onResize(this.size);
    });
    this.#observer.observe(this.plotArea);
  }

  public get size(): PlotSize {
    return { width: Math.max(160, Math.floor(this.plotArea.clientWidth)), height: this.#width === "whole" ? 280 : 190 };
  }

  /** Font of the axes. */
  public get font(): string {
    return `11px ${getComputedStyle(document.body).fontFamily}`;
  }

  public describe(text: string): void {
    if (this.plotArea.getAttribute("aria-label") !== text) {
      this.plotArea.setAttribute("aria-label", text);
    }
  }

  /** Shows a value beside each swatch, and where on the axis they are. */
  public showValues(values: readonly string[], place: string): void {
    this.#values.forEach((target, index) => {
      setText(target, values[index] ?? "");
    });
    setText(this.#place, place);
  }

  public dispose(): void {
    this.#observer.disconnect();
    this.root.remove();
  }
}
