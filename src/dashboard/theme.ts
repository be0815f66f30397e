import type { Disposable } from "../base/disposable.ts";
import { toDisposable } from "../base/disposable.ts";

/** Colours of the charts; canvas knows no style sheet, so they are read from it. */
export interface ChartColours {
  readonly text: string;
  readonly grid: string;
  readonly axis: string;
  readonly surface: string;
  readonly training: string;
  readonly validation: string;
  readonly threshold: string;
  readonly second: string;
}

/** The colours of the editor's theme as it is now. */
export function readChartColours(): ChartColours {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  return {
    text: read("--ink-text-quiet"),
    grid: read("--ink-grid"),
    axis: read("--ink-axis"),
    surface: read("--ink-surface"),
    training: read("--ink-training"),
    validation: read("--ink-validation"),
    threshold: read("--ink-threshold"),
    second: read("--ink-second"),
  };
}

/** Calls `onChange` when the editor's theme changes. */
export function watchTheme(onChange: () => void): Disposable {
  const observer = new MutationObserver(onChange);
  observer.observe(document.body, { attributes: true, attributeFilter: ["class", "data-vscode-theme-id"] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
  return toDisposable(() => observer.disconnect());
}
