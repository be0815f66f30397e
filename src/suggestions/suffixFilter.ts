import { lineSuffix, linePrefix, nextLine } from "./caretPlace.ts";
import type { SuggestionFilter } from "./suggestionFilter.ts";

/** A shorter repetition inside the text is chance: a bracket, a comma, an `=`. */
const MIN_INNER_REPEAT = 3;

/**
 * Drops what repeats the text right of the caret: cuts where the rest of the line begins, and drops what makes the line the next one over again.
 * A closing bracket or quote belongs to what `text` opens, if it does.
 */
export const suffixFilter: SuggestionFilter = (text, place) => {
  const suffix = lineSuffix(place);
  const isNextLine = (linePrefix(place) + text + suffix).trim() === nextLine(place).trim();
  if (suffix.trim() === "") {
    return isNextLine ? "" : text;
  }
  if (isNextLine || suffix.startsWith(text)) {
    return "";
  }
  const repeated = suffix.trim();
  const at = repeated.length >= MIN_INNER_REPEAT ? text.indexOf(repeated) : -1;
  if (at >= 0) {
    return text.slice(0, at);
  }
  return text.slice(0, text.length - overlapLength(text, suffix));
};

/** Length of the longest end of `text` with which `suffix` begins, and that closes nothing which the rest of `text` opens. */
function overlapLength(text: string, suffix: string): number {
  for (let length = Math.min(text.length, suffix.length); length > 0; length--) {
    const kept = text.slice(0, text.length - length);
    if (suffix.startsWith(text.slice(kept.length)) && openCount(kept) <= openCount(text)) {
      return length;
    }
  }
  return 0;
}

/** The brackets and quotes that a text opens and leaves open. */
function openCount(text: string): number {
  let bracketCount = 0;
  const openQuotes = new Set<string>();
  for (const character of text) {
    if ("([{".includes(character)) {
      bracketCount++;
    } else if (")]}".includes(character)) {
      bracketCount = Math.max(0, bracketCount - 1);
    } else if ("\"'`".includes(character) && !openQuotes.delete(character)) {
      openQuotes.add(character);
    }
  }
  return bracketCount + openQuotes.size;
}
