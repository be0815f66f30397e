import type { Disposable } from "../base/disposable.ts";
import type { ComparisonView } from "../protocol/comparisonView.ts";
import { ChartGrid } from "./chartGrid.ts";
import { comparisonChart } from "./comparisonChart.ts";
import { COMPARISON_HEADS, comparisonModel } from "./comparisonModel.ts";
import type { ButtonModel } from "./dashboardModel.ts";
import { element, replaceChildren, textTable } from "./elements.ts";
import { RunHead } from "./runHead.ts";
import type { ChartColours } from "./theme.ts";

/** The learning curves and the table of models that were compared; out of sight where there is none. */
export class ComparisonSection implements Disposable {
  public readonly root = element("section", { class: "run", "data-testid": "comparison" });
  readonly #head: RunHead;
  readonly #curves: ChartGrid<ComparisonView>;
  readonly #table = element("div", { class: "wide" });
  readonly #samples = element("details", {});

  public constructor(makeButton: (model: ButtonModel) => HTMLElement, colours: ChartColours) {
    this.#head = new RunHead("Models compared", makeButton);
    this.#curves = new ChartGrid(colours);
    this.root.append(...this.#head.parts, this.#curves.root, this.#table, this.#samples);
    this.root.hidden = true;
  }

  public show(view: ComparisonView | null): void {
    this.root.hidden = view === null;
    if (view === null) {
      return;
    }
    const model = comparisonModel(view);
    this.#head.show(model);
    const networks = view.curves.map(({ model: name }) => name);
    this.#curves.show(networks.length === 0 ? [] : [comparisonChart(networks)], view);
    this.#table.hidden = model.rows.length === 0;
    replaceChildren(this.#table, JSON.stringify([model.rows, model.best]), () => [
      textTable({ heads: COMPARISON_HEADS, rows: model.rows }, model.best),
    ]);
    this.#samples.hidden = model.samples.length === 0;
    replaceChildren(this.#samples, JSON.stringify(model.samples), () => [
      element("summary", {}, ["What they write"]),
      ...model.samples.flatMap(({ model: name, text }) => [element("p", {}, [name]), element("pre", {}, [text])]),
    ]);
  }

  /** Draws again in other colours. */
  public recolour(colours: ChartColours): void {
    this.#curves.recolour(colours);
  }

  public dispose(): void {
    this.#curves.dispose();
  }
}
