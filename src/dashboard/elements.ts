/** Attributes of an element; `false` and `undefined` leave one out. */
export type Attributes = Readonly<Record<string, string | boolean | undefined>>;

/** A new element with attributes and children; texts become text nodes, never markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  children: readonly (Node | string)[] = [],
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) {
      made.setAttribute(name, value === true ? "" : value);
    }
  }
  made.append(...children);
  return made;
}

/** A table of texts whose columns and rows have heads, one row of it the best. */
export function textTable(
  { heads, rows }: { readonly heads: readonly string[]; readonly rows: readonly (readonly string[])[] },
  best: number | null = null,
): HTMLElement {
  const head = heads.map((text) => element("th", { scope: "col" }, [text]));
  const body = rows.map(([first = "", ...cells], index) =>
    element("tr", { class: index === best ? "best" : undefined }, [
      element("th", { scope: "row" }, [first]),
      ...cells.map((cell) => element("td", {}, [cell])),
    ]),
  );
  return element("table", {}, [element("thead", {}, [element("tr", {}, head)]), element("tbody", {}, body)]);
}

/** Puts `children` in place of what is in `parent`, unless `key` says that they would be the same as last time. */
export function replaceChildren(parent: HTMLElement, key: string, make: () => readonly (Node | string)[]): void {
  if (parent.dataset["content"] !== key) {
    parent.dataset["content"] = key;
    parent.replaceChildren(...make());
  }
}

/** Sets the text of an element where it differs, so that nothing is drawn or announced anew without need. */
export function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) {
    target.textContent = text;
  }
}
