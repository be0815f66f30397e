import { readableCount, readableFigure, readablePerplexity, readableShare } from "../base/readableNumbers.ts";
import type { ComparedRow, ComparisonView } from "../protocol/comparisonView.ts";
import { comparisonProgressText } from "../protocol/comparisonWords.ts";
import type { ButtonModel } from "./dashboardModel.ts";

/** What the page shows of a comparison of models, as text. */
export interface ComparisonModel {
  /** How far it is, or how it ended. */
  readonly detail: string;
  readonly buttons: readonly ButtonModel[];
  readonly rows: readonly (readonly string[])[];
  /** Index of the row with the fewest bits; null where there is none to choose from. */
  readonly best: number | null;
  readonly samples: ComparisonView["samples"];
}

/** Heads of the columns of `ComparisonModel.rows`. */
export const COMPARISON_HEADS = [
  "Model",
  "Parameters",
  "Seconds",
  "Tokens/s",
  "Perplexity",
  "Bits per byte",
  "First guess right",
] as const;

/** What the page shows for a comparison. */
export function comparisonModel(view: ComparisonView): ComparisonModel {
  const { state, rows, samples } = view;
  const again = { action: "compare", label: "Compare again", isPrimary: false } as const;
  const cancel = { action: "cancelComparison", label: "Cancel comparison", isPrimary: false } as const;
  const buttons = { running: [cancel], cancelling: [], done: [again], cancelled: [again], failed: [again] }[state];
  return { detail: detailOf(view), buttons, rows: rows.map(cellsOf), best: bestOf(rows), samples };
}

function detailOf(view: ComparisonView): string {
  const { state, rows, models, curves, budgetSeconds, problem } = view;
  const [first] = rows;
  const kept = state !== "done" || curves.length === 0 ? "" : ", networks as they were where their curve is lowest";
  const scored =
    first === undefined
      ? ""
      : ` Scored on ${readableCount(first.tokens)} tokens, ${readableCount(first.bytes)} bytes${kept}.`;
  switch (state) {
    case "running":
    case "cancelling":
      return comparisonProgressText(view);
    case "done":
      return `${readableCount(budgetSeconds)} seconds for each network.${scored}${problem === null ? "" : ` ${problem}`}`;
    case "cancelled":
      return `Cancelled after ${rows.length} of ${models.length} models.${scored}`;
    case "failed":
      return `Ended after ${rows.length} of ${models.length} models: ${problem ?? "the log says why."}`;
  }
}

function cellsOf(row: ComparedRow): readonly string[] {
  return [
    row.model,
    readableCount(row.parameters),
    row.seconds.toFixed(1),
    readableCount(row.tokensPerSecond),
    readablePerplexity(row.perplexity),
    readableFigure(row.bitsPerByte),
    row.top1 === null ? "–" : readableShare(row.top1),
  ];
}

function bestOf(rows: readonly ComparedRow[]): number | null {
  const bits = rows.map(({ bitsPerByte }) => bitsPerByte ?? Number.POSITIVE_INFINITY);
  const least = Math.min(...bits);
  return rows.length < 2 || !Number.isFinite(least) ? null : bits.indexOf(least);
}
