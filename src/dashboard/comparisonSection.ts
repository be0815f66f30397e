import type { ComparisonView } from "../protocol/comparisonView.ts";
import { COMPARISON_HEADS, comparisonModel, type ComparisonModel } from "./comparisonModel.ts";
import type { ButtonModel } from "./dashboardModel.ts";
import { element, replaceChildren, setText } from "./elements.ts";

/** The table of models that were compared; out of sight where there is none. */
export class ComparisonSection {
  public readonly root = element("section", { class: "comparison", "data-testid": "comparison" });
  readonly #makeButton: (model: ButtonModel) => HTMLElement;
  readonly #detail = element("p", { class: "detail", "aria-live": "polite" });
  readonly #buttons = element("div", { class: "buttons", role: "group", "aria-label": "Comparison" });
  readonly #table = element("div", { class: "wide" });
  readonly #samples = element("details", {});

  public constructor(makeButton: (model: ButtonModel) => HTMLElement) {
    this.#makeButton = makeButton;
    const heading = element("div", { class: "comparison-head" }, [
      element("h2", {}, ["Models compared"]),
      this.#buttons,
    ]);
    this.root.append(heading, this.#detail, this.#table, this.#samples);
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
    this.#table.hidden = model.rows.length === 0;
    replaceChildren(this.#table, JSON.stringify([model.rows, model.best]), () => [table(model)]);
    this.#samples.hidden = model.samples.length === 0;
    replaceChildren(this.#samples, JSON.stringify(model.samples), () => [
      element("summary", {}, ["What they write"]),
      ...model.samples.flatMap(({ model: name, text }) => [element("p", {}, [name]), element("pre", {}, [text])]),
    ]);
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
