import { lineSuffix, linePrefix, nextLine } from "./caretPlace.ts";
import type { SuggestionFilter } from "./suggestionFilter.ts";

/** A shorter repetition inside the text is chance: a bracket, a comma, an `=`. */
const MIN_INNER_REPEAT = 3;

/**
 * Drops what repeats the text right of the caret: cuts where the rest of the line begins, and drops a whole line that is the next one.
 * Repeats of a single closing bracket or quote are `bracketFilter`'s.
 */
export const suffixFilter: SuggestionFilter = (text, place) => {
  const suffix = lineSuffix(place);
  if (suffix.trim() === "") {
    return (linePrefix(place) + text).trim() === nextLine(place).trim() ? "" : text;
  }
  if (suffix.startsWith(text)) {
    return "";
  }
  const repeated = suffix.trim();
  const at = repeated.length >= MIN_INNER_REPEAT ? text.indexOf(repeated) : -1;
  if (at >= 0) {
    return text.slice(0, at);
  }
  return text.slice(0, text.length - overlapLength(text, suffix));
};

/** Length of the longest end of `text` with which `suffix` begins. */
function overlapLength(text: string, suffix: string): number {
  for (let length = Math.min(text.length, suffix.length); length > 0; length--) {
    if (suffix.startsWith(text.slice(text.length - length))) {
      return length;
    }
  }
  return 0;
}
