import { bracketFilter } from "./bracketFilter.ts";
import type { CaretPlace } from "./caretPlace.ts";
import { conflictFilter } from "./conflictFilter.ts";
import { indentationFilter } from "./indentationFilter.ts";
import { repetitionFilter } from "./repetitionFilter.ts";
import { secretFilter } from "./secretFilter.ts";
import { suffixFilter } from "./suffixFilter.ts";
import type { SuggestionFilter } from "./suggestionFilter.ts";
import { whitespaceFilter } from "./whitespaceFilter.ts";

/** All filters in the order in which they run: those that drop and that compare whole lines before those that cut. */
export const FILTER_CHAIN: readonly SuggestionFilter[] = [
  conflictFilter,
  indentationFilter,
  secretFilter,
  repetitionFilter,
  suffixFilter,
  bracketFilter,
  whitespaceFilter,
];

/**
 * How much of `text` all filters let through: a beginning of it, or "" for nothing. What one cuts may be a case for another, such as a line that now repeats
 * the one above; so they run until all agree, and filtering what is left again changes nothing.
 */
export function applyFilters(
  text: string,
  place: CaretPlace,
  chain: readonly SuggestionFilter[] = FILTER_CHAIN,
): string {
  let given = text;
  let kept = runOnce(given, place, chain);
  while (kept !== given && kept !== "") {
    given = kept;
    kept = runOnce(given, place, chain);
  }
  return kept;
}

function runOnce(text: string, place: CaretPlace, chain: readonly SuggestionFilter[]): string {
  let kept = text;
  for (const filter of chain) {
    if (kept === "") {
      break;
    }
    kept = filter(kept, place);
  }
  return endsInsideCharacter(kept) ? kept.slice(0, -1) : kept;
}

/** A cut between the halves of a surrogate pair. */
function endsInsideCharacter(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}
