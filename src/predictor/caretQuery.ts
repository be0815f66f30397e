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

/** Behind the first half of a surrogate pair, whether or not the second is there, before a combining mark or joiner, or between `\r` and `\n`. */
function isInsideCharacter(before: string, after: string): boolean {
  return (
    /[\uD800-\uDBFF]$/.test(before.slice(-1)) ||
    /^[\p{M}\u200D]/u.test(after) ||
    (before.endsWith("\r") && after.startsWith("\n"))
  );
}
