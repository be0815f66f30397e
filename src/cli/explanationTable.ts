import { readableCount, readableShare } from "../base/readableNumbers.ts";
import type { ExplainedContext, ExplainedToken, Explanation } from "../protocol/predictorMessages.ts";

/** What is expected next and the counts behind it, as tables for a terminal. */
export function explanationTable({ typed, next, contexts }: Explanation): string {
  const given = typed === "" ? "" : `, which begins with ${JSON.stringify(typed)}`;
  return [
    `The next piece${given}; behind it how often it followed the contexts below:`,
    ...next.map(tokenLine),
    "Contexts, the longest first, and how often they were followed by anything:",
    ...contexts.map(contextLine),
  ].join("\n");
}

function tokenLine({ probability, experts, counts, ...piece }: ExplainedToken): string {
  const alone = [
    ...(experts.counts === null || experts.network === null ? [] : [`counts alone ${readableShare(experts.counts)}`]),
    ...(experts.network === null ? [] : [`network alone ${readableShare(experts.network)}`]),
  ];
  const seen = counts.map(({ count, total }) => `${readableCount(count)} of ${readableCount(total)}`);
  return [`${readableShare(probability).padStart(7)}  ${pieceText(piece)}`, ...alone, ...seen].join(", ");
}

function contextLine({ text, isFromStart, total, ...counts }: ExplainedContext): string {
  const { inWorkspace, inDocument, inNearFiles, inLatelyWritten } = counts;
  const start = isFromStart ? "the document's start and " : "";
  const places = [
    ...(inWorkspace === null ? [] : [`${readableCount(inWorkspace)} in the workspace`]),
    ...(inDocument === null ? [] : [`${readableCount(inDocument)} above in this document`]),
    ...(inNearFiles === null || inNearFiles === 0 ? [] : [`${readableCount(inNearFiles)} in files near it`]),
    ...(inLatelyWritten === null || inLatelyWritten === 0
      ? []
      : [`${readableCount(inLatelyWritten)} written lately elsewhere`]),
  ];
  return `${readableCount(total).padStart(9)}  ${start}${JSON.stringify(text)}: ${places.join(", ")}`;
}

/** A token between quotation marks, or what the end of a document is called. */
export function pieceText({ text, isEnd }: { readonly text: string; readonly isEnd: boolean }): string {
  return isEnd ? "the document's end" : JSON.stringify(text);
}
