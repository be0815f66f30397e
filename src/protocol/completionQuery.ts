import type { CompletionQuery, MultilineChoice, TextPosition, TextRange } from "./predictorMessages.ts";

/** The lines of a document, without their ends; the editor's own document fits. */
export interface TextLines {
  readonly lineCount: number;
  lineText(line: number): string;
}

export interface QueryLimits {
  /** UTF-16 units before the caret at most. */
  readonly maxBefore: number;
  /** Units before the caret within which no window begins, so that there is always context. */
  readonly minBefore: number;
  /** Units after the end of the caret's line at most. */
  readonly maxAfter: number;
  readonly maxAfterLines: number;
}

export const DEFAULT_QUERY_LIMITS: QueryLimits = { maxBefore: 6000, minBefore: 3000, maxAfter: 1000, maxAfterLines: 8 };

/** Text around the caret, line ends as `\n`. */
export interface CaretContext {
  readonly before: string;
  readonly isFromStart: boolean;
  readonly after: string;
}

export interface QueryRequest {
  readonly document: string;
  readonly position: TextPosition;
  readonly selectedCompletion: { readonly text: string; readonly range: TextRange } | null;
  readonly trigger: "automatic" | "explicit";
  readonly eagerness?: number;
  readonly acceptedShare?: number;
  readonly languageId?: string;
  readonly multiline?: MultilineChoice;
  readonly budgetMs: number;
}

/** The question to the predictor for a caret, or `undefined` where the caret is at no place to write (inside a surrogate pair). */
export function buildCompletionQuery(
  lines: TextLines,
  request: QueryRequest,
  limits = DEFAULT_QUERY_LIMITS,
): CompletionQuery | undefined {
  const { line, column } = request.position;
  if (line < 0 || line >= lines.lineCount || splitsSurrogatePair(lines.lineText(line), column)) {
    return undefined;
  }
  return { ...request, ...caretContext(lines, request.position, limits) };
}

/**
 * The text around a caret, within limits.
 *
 * A long document is cut at the line start, between `minBefore` and `maxBefore` units back, whose text hashes lowest. So the
 * cut stays where it is while the caret moves on, whatever is edited above, and states kept for the text after it stay useful.
 */
export function caretContext(
  lines: TextLines,
  { line, column }: TextPosition,
  limits = DEFAULT_QUERY_LIMITS,
): CaretContext {
  const lineText = lines.lineText(line);
  const after = textAfter(lines, { line, column }, limits);
  const parts = [lineText.slice(0, column)];
  let units = column;
  if (units > limits.maxBefore) {
    return { before: cutLongLine(lineText.slice(0, column), limits.minBefore), isFromStart: false, after };
  }
  let chosen: { readonly hash: number; readonly partCount: number } = { hash: Infinity, partCount: 1 };
  for (let above = line - 1; above >= 0; above--) {
    const text = lines.lineText(above);
    units += text.length + 1;
    if (units > limits.maxBefore) {
      return { before: parts.slice(0, chosen.partCount).reverse().join("\n"), isFromStart: false, after };
    }
    parts.push(text);
    const hash = hashText(text);
    if (units < limits.minBefore || hash < chosen.hash) {
      chosen = { hash: units < limits.minBefore ? Infinity : hash, partCount: parts.length };
    }
  }
  return { before: parts.reverse().join("\n"), isFromStart: true, after };
}

function textAfter(lines: TextLines, { line, column }: TextPosition, limits: QueryLimits): string {
  let after = lines.lineText(line).slice(column);
  const lastLine = Math.min(lines.lineCount - 1, line + limits.maxAfterLines);
  for (let below = line + 1; below <= lastLine; below++) {
    const longer = `${after}\n${lines.lineText(below)}`;
    if (longer.length > limits.maxAfter) {
      break;
    }
    after = longer;
  }
  return after;
}

/** The end of a line too long to be taken whole; cut at multiples of its own size, so that the cut does not move with every key. */
function cutLongLine(text: string, cutEvery: number): string {
  const start = (Math.floor(text.length / cutEvery) - 1) * cutEvery;
  return text.slice(splitsSurrogatePair(text, start) ? start + 1 : start);
}

function splitsSurrogatePair(text: string, index: number): boolean {
  const before = text.charCodeAt(index - 1);
  const after = text.charCodeAt(index);
  return before >= 0xd800 && before < 0xdc00 && after >= 0xdc00 && after < 0xe000;
}

/** FNV-1a over UTF-16 units. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
