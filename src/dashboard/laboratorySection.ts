import type { Disposable } from "../base/disposable.ts";
import type { GradientView } from "../protocol/gradientView.ts";
import { FIGURES_NOTE, GATES_LABEL, type TextTable } from "../protocol/gradientWords.ts";
import { ChartGrid } from "./chartGrid.ts";
import type { ButtonModel } from "./dashboardModel.ts";
import { element, replaceChildren, textTable } from "./elements.ts";
import { clippingCharts, flowCharts, gateCharts } from "./laboratoryCharts.ts";
import { laboratoryModel, type LaboratoryModel } from "./laboratoryModel.ts";
import { RunHead } from "./runHead.ts";
import type { ChartColours } from "./theme.ts";

/** How gradients went back through networks, what gates did, and what clipping did; without a look at them, the way to one. */
export class LaboratorySection implements Disposable {
  public readonly root = element("section", { class: "run", "data-testid": "gradients" });
  readonly #head: RunHead;
  readonly #reading = element("details", {});
  readonly #flow: ChartGrid<GradientView>;
  readonly #figures = element("div", { class: "wide" });
  readonly #note = element("p", { class: "detail" }, [FIGURES_NOTE]);
  readonly #gatesHead = element("h3", {}, ["Gates", element("span", { class: "chart-unit" }, [GATES_LABEL])]);
  readonly #gates: ChartGrid<GradientView>;
  readonly #clippingHead = element("h3", {}, ["Clipping"]);
  readonly #clipping: ChartGrid<GradientView>;
  readonly #clippingFigures = element("div", { class: "wide" });

  public constructor(makeButton: (model: ButtonModel) => HTMLElement, colours: ChartColours) {
    this.#head = new RunHead("Gradient laboratory", makeButton);
    this.#flow = new ChartGrid(colours);
    this.#gates = new ChartGrid(colours);
    this.#clipping = new ChartGrid(colours);
    this.root.append(
      ...this.#head.parts,
      this.#reading,
      this.#flow.root,
      this.#figures,
      this.#note,
      this.#gatesHead,
      this.#gates.root,
      this.#clippingHead,
      this.#clipping.root,
      this.#clippingFigures,
    );
  }

  public show(view: GradientView | null): void {
    const model = laboratoryModel(view);
    this.#head.show(model);
    this.#showReading(model);
    showTable(this.#figures, model.figures);
    this.#note.hidden = model.figures === null;
    showTable(this.#clippingFigures, model.clipping);
    this.#gatesHead.hidden = view === null || gateCharts(view).length === 0;
    this.#clippingHead.hidden = model.clipping === null;
    if (view !== null) {
      this.#flow.show(flowCharts(view), view);
      this.#gates.show(gateCharts(view), view);
      this.#clipping.show(clippingCharts(view), view);
    }
  }

  /** Draws again in other colours. */
  public recolour(colours: ChartColours): void {
    for (const grid of this.#grids) {
      grid.recolour(colours);
    }
  }

  public dispose(): void {
    for (const grid of this.#grids) {
      grid.dispose();
    }
  }

  get #grids(): readonly ChartGrid<GradientView>[] {
    return [this.#flow, this.#gates, this.#clipping];
  }

  #showReading({ reading }: LaboratoryModel): void {
    this.#reading.hidden = reading === null;
    replaceChildren(this.#reading, JSON.stringify(reading), () =>
      reading === null
        ? []
        : [
            element("summary", {}, ["What they read, and what is measured"]),
            element("p", { class: "detail" }, [reading.measured]),
            element("pre", {}, [reading.window, element("span", { class: "target" }, [reading.target])]),
          ],
    );
  }
}

function showTable(target: HTMLElement, table: TextTable | null): void {
  target.hidden = table === null;
  replaceChildren(target, JSON.stringify(table), () => (table === null ? [] : [textTable(table)]));
}
