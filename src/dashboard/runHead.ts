import type { ButtonModel } from "./dashboardModel.ts";
import { element, replaceChildren, setText } from "./elements.ts";

/** Heading, buttons and state of a section that shows a run of its own. */
export class RunHead {
  public readonly parts: readonly HTMLElement[];
  readonly #makeButton: (model: ButtonModel) => HTMLElement;
  readonly #buttons: HTMLElement;
  readonly #detail = element("p", { class: "detail", "aria-live": "polite" });

  public constructor(title: string, makeButton: (model: ButtonModel) => HTMLElement) {
    this.#makeButton = makeButton;
    this.#buttons = element("div", { class: "buttons", role: "group", "aria-label": title });
    this.parts = [element("div", { class: "run-head" }, [element("h2", {}, [title]), this.#buttons]), this.#detail];
  }

  public show({ detail, buttons }: { readonly detail: string; readonly buttons: readonly ButtonModel[] }): void {
    setText(this.#detail, detail);
    replaceChildren(this.#buttons, JSON.stringify(buttons), () => buttons.map(this.#makeButton));
  }
}
