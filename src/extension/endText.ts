import { readablePerplexity } from "../base/readableNumbers.ts";
import type { DoneEvent } from "../protocol/engineMessages.ts";
import { perplexityOf, type InklingStatus } from "../protocol/dashboardMessages.ts";
import { measuredExtent } from "../protocol/statusWords.ts";

/** What a person is told once when a training has come to its end: whether there is a model now, and how good it is. */
export function endText(
  { validation, corpus, isEnabled }: InklingStatus,
  { nothingLearnt }: { readonly nothingLearnt: DoneEvent["nothingLearnt"] },
): string {
  if (nothingLearnt !== undefined) {
    return `Training ended. ${nothingLearnt}`;
  }
  const ready = isEnabled ? "it suggests as you type" : "suggestions are switched off, so it suggests nothing yet";
  const measured =
    validation === null
      ? ""
      : ` Perplexity ${readablePerplexity(perplexityOf(validation))}, ${measuredExtent(validation, corpus)}.`;
  return `The model is ready; ${ready}.${measured}`;
}
