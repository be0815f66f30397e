import { readablePerplexity } from "../base/readableNumbers.ts";
import { perplexityOf, type InklingStatus } from "../protocol/dashboardMessages.ts";
import { measuredExtent } from "../protocol/statusWords.ts";

/** What a person is told once when a training has come to its end: whether there is a model now, and how good it is. */
export function endText(status: InklingStatus, { isSaved }: { readonly isSaved: boolean }): string {
  const { validation, corpus, isEnabled, model } = status;
  if (!isSaved) {
    const kept = model === null ? "" : " The earlier model is kept.";
    return `Training ended before it had learnt anything worth keeping, so nothing was saved.${kept} Give it more time.`;
  }
  const ready = isEnabled ? "it suggests as you type" : "suggestions are switched off, so it suggests nothing yet";
  const measured =
    validation === null
      ? ""
      : ` Perplexity ${readablePerplexity(perplexityOf(validation))}, ${measuredExtent(validation, corpus)}.`;
  return `The model is ready; ${ready}.${measured}`;
}
