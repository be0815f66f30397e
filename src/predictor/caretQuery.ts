import { type CaretPlace, linePrefix, trailingWord } from "../suggestions/caretPlace.ts";
import type { CompletionQuery, TextRange } from "../protocol/predictorMessages.ts";

/** A completion query made ready: line ends normalised, the selected completion taken as typed. */
export interface CaretQuery {
  readonly place: CaretPlace;
  /**
   * What a suggestion replaces: from the start of the caret's word to the caret, never anything behind the caret. With a selected
   * completion it is that one's range.
   */
  readonly range: TextRange;
  /** What a suggestion's text begins with: what the range holds, or the selected completion. */
  readonly lead: string;
}

/** What a query asks for; where nothing may be put, the reason for silence. */
export function readCaret(query: CompletionQuery): CaretQuery | "nothingLeft" | "cannotExtend" {
  const { before, after, position, selectedCompletion } = query;
  if (isInsideCharacter(before, after)) {
    return "nothingLeft";
  }
  const place = { before: normalizeLineEnds(before), after: normalizeLineEnds(after) };
  const prefix = linePrefix(place);
  if (selectedCompletion === null) {
    const lead = trailingWord(prefix);
    const start = { line: position.line, column: position.column - lead.length };
    return start.column < 0 ? "nothingLeft" : { place, range: { start, end: position }, lead };
  }
  const { text, range } = selectedCompletion;
  const replacedChars = position.column - range.start.column;
  const isBeforeCaret =
    range.start.line === position.line && range.end.line === position.line && range.end.column === position.column;
  if (!isBeforeCaret || replacedChars < 0 || replacedChars > prefix.length || /[\r\n]/.test(text)) {
    return "cannotExtend";
  }
  const kept = place.before.slice(0, place.before.length - replacedChars);
  return { place: { ...place, before: kept + text }, range, lead: text };
}

/** Lines end with `\n`, as in the documents the model has read. */
export function normalizeLineEnds(text: string): string {
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

/** Units on either side of the caret that decide whether it is inside a character; the longest sequences that people write are shorter. */
const CHARACTER_UNITS = 40;

const CHARACTERS = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * Behind the first half of a surrogate pair, whether or not the second is there, between `\r` and `\n`, and inside what people take for one character: before
 * an accent, inside a flag or a family.
 */
function isInsideCharacter(before: string, after: string): boolean {
  if (/[\uD800-\uDBFF]$/.test(before.slice(-1))) {
    return true;
  }
  const left = before.slice(-CHARACTER_UNITS);
  const right = after.slice(0, CHARACTER_UNITS);
  if (/^[\p{M}\u200D]/u.test(right)) {
    return true;
  }
  // Most text is plain, and asking costs as much as a step of the network.
  if (!/[^\0-\u02FF]|\r/.test(left.slice(-1) + right.slice(0, 1))) {
    return false;
  }
  const at = CHARACTERS.segment(left + right).containing(left.length);
  return at !== undefined && at.index !== left.length;
}
