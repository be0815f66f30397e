import { type CaretPlace, linePrefix, lineSuffix } from "./caretPlace.ts";
import type { SuggestionFilter } from "./suggestionFilter.ts";

/**
 * Offers nothing inside the region of a merge conflict nor on the lines that mark it, and no text that makes such a line: there both sides' texts stand
 * together, and what to keep is a decision. A line of seven `=` alone marks nothing: in Markdown and reStructuredText it underlines a heading.
 */
export const conflictFilter: SuggestionFilter = (text, place) => {
  const prefix = linePrefix(place);
  const isMarked = [prefix + text, prefix + lineSuffix(place)].some((line) => BOUND_MARKER.test(line));
  return isMarked || isInsideConflict(place) ? "" : text;
};

/** Git's marks of a conflict but for the one in its midst: what `merge.conflictStyle` names `diff3` has `|||||||` before the common ancestor's text. */
const BOUND_MARKER = /^(?:<{7}|\|{7}|>{7})(?: |$)/;

/** The marks in a text, line by line. */
const BOUND_MARKERS = /^(?:<{7}|\|{7}|>{7})(?= |$)/gm;

/** Judged by the nearest mark above; where there is none, for the text above may be cut off, by the nearest below. */
function isInsideConflict({ before, after }: CaretPlace): boolean {
  const above = before.match(BOUND_MARKERS)?.at(-1);
  if (above !== undefined) {
    return !above.startsWith(">");
  }
  const lineEnd = after.indexOf("\n");
  const below = lineEnd < 0 ? undefined : after.slice(lineEnd + 1).match(BOUND_MARKERS)?.[0];
  return below !== undefined && !below.startsWith("<");
}
