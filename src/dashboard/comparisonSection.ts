import type { Disposable } from "../base/disposable.ts";
import type { ComparisonView } from "../protocol/comparisonView.ts";
import { comparisonChart } from "./comparisonChart.ts";
import { COMPARISON_HEADS, comparisonModel, type ComparisonModel } from "./comparisonModel.ts";
import type { ButtonModel } from "./dashboardModel.ts";
import { element, replaceChildren, setText } from "./elements.ts";
import type { ChartColours } from "./theme.ts";
import { TimeChart } from "./timeChart.ts";

/** The learning curves and the table of models that were compared; out of sight where there is none. */
export class ComparisonSection implements Disposable {
  public readonly root = element("section", { class: "comparison", "data-testid": "comparison" });
  readonly #makeButton: (model: ButtonModel) => HTMLElement;
  readonly #detail = element("p", { class: "detail", "aria-live": "polite" });
  readonly #buttons = element("div", { class: "buttons", role: "group", "aria-label": "Comparison" });
  readonly #curves = element("div", { class: "charts" });
  readonly #table = element("div", { class: "wide" });
  readonly #samples = element("details", {});

  #chart: TimeChart<ComparisonView> | undefined;
  /** Of the networks in the chart. */
  #drawn: readonly string[] = [];
  #colours: ChartColours;

  public constructor(makeButton: (model: ButtonModel) => HTMLElement, colours: ChartColours) {
    this.#makeButton = makeButton;
    this.#colours = colours;
    const heading = element("div", { class: "comparison-head" }, [
      element("h2", {}, ["Models compared"]),
      this.#buttons,
    ]);
    this.root.append(heading, this.#detail, this.#curves, this.#table, this.#samples);
    this.root.hidden = true;
  }

  public show(view: ComparisonView | null): void {
    this.root.hidden = view === null;
    if (view === null) {
      return;
    }
    const model = comparisonModel(view);
    setText(this.#detail, model.detail);
    replaceChildren(this.#buttons, JSON.stringify(model.buttons), () => model.buttons.map(this.#makeButton));
    this.#showCurves(view);
    this.#table.hidden = model.rows.length === 0;
    replaceChildren(this.#table, JSON.stringify([model.rows, model.best]), () => [table(model)]);
    this.#samples.hidden = model.samples.length === 0;
    replaceChildren(this.#samples, JSON.stringify(model.samples), () => [
      element("summary", {}, ["What they write"]),
      ...model.samples.flatMap(({ model: name, text }) => [element("p", {}, [name]), element("pre", {}, [text])]),
    ]);
  }

  /** Draws again in other colours. */
  public recolour(colours: ChartColours): void {
    this.#colours = colours;
    this.#chart?.recolour(colours);
  }

  public dispose(): void {
    this.#chart?.dispose();
  }

  #showCurves(view: ComparisonView): void {
    const models = view.curves.map(({ model }) => model);
    this.#curves.hidden = models.length === 0;
    if (models.join("\n") !== this.#drawn.join("\n")) {
      this.#chart?.dispose();
      this.#chart = models.length === 0 ? undefined : new TimeChart(comparisonChart(models), this.#colours);
      this.#curves.replaceChildren(...(this.#chart === undefined ? [] : [this.#chart.root]));
      this.#drawn = models;
    }
    this.#chart?.show(view);
  }
}

function table({ rows, best }: ComparisonModel): HTMLElement {
  const head = COMPARISON_HEADS.map((text) => element("th", { scope: "col" }, [text]));
  const body = rows.map(([first = "", ...cells], index) =>
    element("tr", { class: index === best ? "best" : undefined }, [
      element("th", { scope: "row" }, [first]),
      ...cells.map((cell) => element("td", {}, [cell])),
    ]),
  );
  return element("table", {}, [element("thead", {}, [element("tr", {}, head)]), element("tbody", {}, body)]);
}
