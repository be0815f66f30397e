/** The text around a caret, line ends normalised to `\n`. */
export interface CaretPlace {
  /** At least the caret's line up to the caret, and the line before where there is one. */
  readonly before: string;
  /** At least the rest of the caret's line, and the line after where there is one. */
  readonly after: string;
}

/** The caret's line up to the caret. */
export function linePrefix({ before }: CaretPlace): string {
  return before.slice(before.lastIndexOf("\n") + 1);
}

/** The caret's line from the caret on. */
export function lineSuffix({ after }: CaretPlace): string {
  const end = after.indexOf("\n");
  return end < 0 ? after : after.slice(0, end);
}

/** The nearest line above that is not blank, or "". */
export function previousLine({ before }: CaretPlace): string {
  return before.split("\n").slice(0, -1).findLast(isNotBlank) ?? "";
}

/** The nearest line below that is not blank, or "". */
export function nextLine({ after }: CaretPlace): string {
  return after.split("\n").slice(1).find(isNotBlank) ?? "";
}

/** The letters, digits and underscores that end `text`, at most the last `MAX_WORD_CHARS` UTF-16 units. */
export function trailingWord(text: string): string {
  // The expression is tried at every character, so the text has to be short.
  return /[\p{L}\p{N}\p{M}_$]*$/u.exec(text.slice(-MAX_WORD_CHARS))?.[0] ?? "";
}

const MAX_WORD_CHARS = 80;

function isNotBlank(line: string): boolean {
  return line.trim() !== "";
}
