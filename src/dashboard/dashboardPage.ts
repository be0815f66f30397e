import type { Disposable } from "../base/disposable.ts";
import { DisposableStore } from "../base/disposable.ts";
import type { DashboardAction } from "../protocol/dashboardMessages.ts";
import { CHART_SPECS, NORM_HISTOGRAM } from "./chartSpecs.ts";
import { ComparisonSection } from "./comparisonSection.ts";
import {
  dashboardModel,
  EVALUATION_HEADS,
  type AlertModel,
  type ButtonModel,
  type DashboardModel,
  type FigureModel,
} from "./dashboardModel.ts";
import type { FactGroup } from "./dashboardFacts.ts";
import { element, replaceChildren, setText } from "./elements.ts";
import { HistogramChart } from "./histogramChart.ts";
import { LaboratorySection } from "./laboratorySection.ts";
import { LineChart } from "./lineChart.ts";
import type { Shown } from "./shownState.ts";
import { readChartColours, watchTheme } from "./theme.ts";

/** The page: header with state and buttons, alerts, figures, charts, facts, and the same as a table. */
export class DashboardPage implements Disposable {
  readonly #owned = new DisposableStore();
  readonly #onAction: (action: DashboardAction) => void;
  readonly #charts: readonly (LineChart | HistogramChart)[];
  readonly #headline = element("h1", { "data-testid": "headline" });
  readonly #detail = element("p", { class: "detail", "data-testid": "detail" });
  readonly #bar = element("div", { class: "bar-done" });
  readonly #progress = element(
    "div",
    {
      class: "bar",
      role: "progressbar",
      "aria-label": "Training progress",
      "aria-valuemin": "0",
      "aria-valuemax": "100",
    },
    [this.#bar],
  );
  readonly #buttons = element("div", { class: "buttons", role: "group", "aria-label": "Actions" });
  readonly #alerts = element("div", { class: "alerts", "aria-live": "polite" });
  readonly #empty = element("div", { class: "empty", "data-testid": "empty" });
  readonly #figures = element("dl", { class: "figures", "data-testid": "figures" });
  readonly #chartGrid = element("div", { class: "charts" });
  readonly #comparison: ComparisonSection;
  readonly #laboratory: LaboratorySection;
  readonly #facts = element("div", { class: "facts", "data-testid": "facts" });
  readonly #evaluations = element("details", { class: "evaluations" });

  public constructor(parent: HTMLElement, onAction: (action: DashboardAction) => void) {
    this.#onAction = onAction;
    const colours = readChartColours();
    const [first, second, ...rest] = CHART_SPECS.map((spec) => this.#owned.add(new LineChart(spec, colours)));
    const makeButton = (model: ButtonModel): HTMLElement => this.#button(model);
    this.#comparison = this.#owned.add(new ComparisonSection(makeButton, colours));
    this.#laboratory = this.#owned.add(new LaboratorySection(makeButton, colours));
    const histogram = this.#owned.add(new HistogramChart(NORM_HISTOGRAM, colours));
    this.#charts = [first, second, histogram, ...rest].filter((chart) => chart !== undefined);
    this.#chartGrid.append(...this.#charts.map(({ root }) => root));
    parent.replaceChildren(
      element("header", {}, [
        element("div", { class: "state" }, [this.#headline, this.#detail]),
        this.#buttons,
        this.#progress,
      ]),
      this.#alerts,
      element("main", {}, [
        this.#empty,
        this.#figures,
        this.#chartGrid,
        this.#comparison.root,
        this.#laboratory.root,
        this.#facts,
        this.#evaluations,
      ]),
    );
    this.#owned.add(watchTheme(() => this.#recolour()));
  }

  /** Shows a status, the history of its run, the models that were compared, and the gradients that were looked at. */
  public show({ status, history, comparison, gradients }: Shown): void {
    const model = dashboardModel(status, history);
    this.#showState(model);
    replaceChildren(this.#alerts, JSON.stringify(model.alerts), () => model.alerts.map((alert) => this.#alert(alert)));
    this.#showFigures(model.figures);
    this.#empty.hidden = model.empty === null;
    const { empty } = model;
    if (empty !== null) {
      replaceChildren(this.#empty, JSON.stringify(empty), () => [
        element("h2", {}, [empty.title]),
        element("p", {}, [empty.text]),
        ...(empty.button === null ? [] : [this.#button(empty.button)]),
      ]);
    }
    this.#chartGrid.hidden = empty !== null;
    if (empty === null) {
      for (const chart of this.#charts) {
        chart.show(history);
      }
    }
    this.#comparison.show(comparison);
    // One way to begin is enough where the page has nothing else to show.
    const isBare = empty !== null && comparison === null;
    this.#laboratory.root.hidden = gradients === null && (isBare || !status.hasWorkspace);
    this.#laboratory.show(gradients);
    replaceChildren(this.#facts, JSON.stringify(model.facts), () => model.facts.map(factCard));
    this.#showEvaluations(model.evaluations);
  }

  public dispose(): void {
    this.#owned.dispose();
  }

  #showState({ headline, detail, fraction, buttons }: DashboardModel): void {
    setText(this.#headline, headline);
    setText(this.#detail, detail);
    this.#progress.hidden = fraction === null;
    const percent = String(Math.round(100 * (fraction ?? 0)));
    this.#progress.setAttribute("aria-valuenow", percent);
    this.#bar.style.setProperty("width", `${percent}%`);
    replaceChildren(this.#buttons, JSON.stringify(buttons), () => buttons.map((one) => this.#button(one)));
  }

  #showFigures(figures: readonly FigureModel[]): void {
    this.#figures.hidden = figures.length === 0;
    replaceChildren(this.#figures, figures.map(({ id }) => id).join(" "), () => figures.map(figureCard));
    for (const { id, value, unit, note } of figures) {
      const card = this.#figures.querySelector(`[data-testid="figure-${id}"]`);
      for (const [part, text] of Object.entries({ value, unit, note })) {
        const target = card?.querySelector(`.figure-${part}`);
        if (target instanceof HTMLElement) {
          setText(target, text);
        }
      }
    }
  }

  #showEvaluations(rows: DashboardModel["evaluations"]): void {
    this.#evaluations.hidden = rows.length === 0;
    replaceChildren(this.#evaluations, JSON.stringify(rows), () => [
      element("summary", {}, [`Measurements as a table (${rows.length})`]),
      element("table", { "data-testid": "evaluations" }, [
        element("thead", {}, [
          element(
            "tr",
            {},
            EVALUATION_HEADS.map((head) => element("th", { scope: "col" }, [head])),
          ),
        ]),
        element(
          "tbody",
          {},
          rows.map((row) =>
            element(
              "tr",
              {},
              row.map((cell) => element("td", {}, [cell])),
            ),
          ),
        ),
      ]),
    ]);
  }

  #alert({ severity, text, buttons }: AlertModel): HTMLElement {
    const role = severity === "information" ? "status" : "alert";
    return element("div", { class: `alert alert-${severity}`, role, "data-testid": "alert" }, [
      element("p", {}, [text]),
      element(
        "div",
        { class: "buttons" },
        buttons.map((one) => this.#button(one)),
      ),
    ]);
  }

  #button({ action, label, isPrimary }: ButtonModel): HTMLElement {
    const made = element(
      "button",
      { type: "button", class: isPrimary ? "primary" : "secondary", "data-testid": `action-${action}` },
      [label],
    );
    made.addEventListener("click", () => {
      this.#onAction(action);
    });
    return made;
  }

  #recolour(): void {
    const colours = readChartColours();
    for (const chart of this.#charts) {
      chart.recolour(colours);
    }
    this.#comparison.recolour(colours);
    this.#laboratory.recolour(colours);
  }
}

function figureCard({ id, name }: FigureModel): HTMLElement {
  return element("div", { class: "figure", "data-testid": `figure-${id}` }, [
    element("dt", {}, [name]),
    element("dd", {}, [
      element("span", { class: "figure-number" }, [
        element("span", { class: "figure-value" }),
        element("span", { class: "figure-unit" }),
      ]),
      element("span", { class: "figure-note" }),
    ]),
  ]);
}

function factCard({ title, rows }: FactGroup): HTMLElement {
  return element("section", { class: "fact-card" }, [
    element("h2", {}, [title]),
    element(
      "dl",
      {},
      rows.map(([name, value]) => element("div", {}, [element("dt", {}, [name]), element("dd", {}, [value])])),
    ),
  ]);
}
