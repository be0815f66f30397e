import { readableFigure, readablePerplexity, readableShare } from "../base/readableNumbers.ts";
import type { CompareResult } from "./compareMessages.ts";
import type { ComparisonView } from "./comparisonView.ts";

/** How far a comparison is, in a few words. */
export function comparisonProgressText({ state, models, rows, current }: ComparisonView): string {
  if (state === "cancelling") {
    return "Stopping the comparison…";
  }
  const place = `${Math.min(rows.length + 1, models.length)} of ${models.length}`;
  return current === null
    ? `Comparing models, ${place}…`
    : `Comparing models, ${place}: ${current.model} ${readableShare(current.fraction)}`;
}

/** What came out of a comparison, in one sentence. */
export function comparisonEndText({ rows }: Pick<CompareResult, "rows">): string {
  const best = rows.reduce<CompareResult["rows"][number] | null>(
    (least, row) => (least === null || row.perplexity < least.perplexity ? row : least),
    null,
  );
  const count = `Compared ${rows.length} ${rows.length === 1 ? "model" : "models"}`;
  if (best === null) {
    return `${count}.`;
  }
  // All have the same tokens, so both name the same model.
  return best.bitsPerByte === null
    ? `${count}; ${best.model} has the least perplexity: ${readablePerplexity(best.perplexity)}.`
    : `${count}; ${best.model} needs the fewest bits: ${readableFigure(best.bitsPerByte)} for each byte.`;
}
