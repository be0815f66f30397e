import { linePrefix, lineSuffix, previousLine } from "./caretPlace.ts";
import type { SuggestionFilter } from "./suggestionFilter.ts";

/** Lines this short recur rightly: closing brackets, `end`, `fi`. */
const MAX_RIGHTLY_REPEATED = 4;

/** The same text this often in a row is a loop of the model's. */
const LOOP_TURNS = 3;

/**
 * Drops a line that is the one above over again, with or without what stands right of the caret, and cuts loops: text that comes three times in a row stays once.
 * Rows of one character (rules of `-` or `=`) are no loops.
 */
export const repetitionFilter: SuggestionFilter = (text, place) => {
  const previous = previousLine(place).trim();
  const line = linePrefix(place) + text;
  // An editor closes brackets by itself: what it put there belongs to the line.
  const isRepeated = [line, line + lineSuffix(place)].some((whole) => whole.trim() === previous);
  if (previous.length > MAX_RIGHTLY_REPEATED && isRepeated) {
    return "";
  }
  return text.slice(0, loopFreeLength(text));
};

function loopFreeLength(text: string): number {
  for (let start = 0; start < text.length; start++) {
    const longest = Math.floor((text.length - start) / LOOP_TURNS);
    for (let length = 2; length <= longest; length++) {
      const unit = text.slice(start, start + length);
      if (new Set(unit).size > 1 && text.startsWith(unit.repeat(LOOP_TURNS - 1), start + length)) {
        return start + length;
      }
    }
  }
  return text.length;
}
