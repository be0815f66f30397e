import type { Position, Range, TextDocument } from "vscode";
import type { TextPosition, TextRange } from "../protocol/predictorMessages.ts";
import type { TextLines } from "../protocol/completionQuery.ts";

/** The lines of an editor's document. */
export function linesOf(document: TextDocument): TextLines {
  return {
    lineCount: document.lineCount,
    lineText: (line) => document.lineAt(line).text,
  };
}

/** A position of the editor as plain data. */
export function plainPosition({ line, character }: Position): TextPosition {
  return { line, column: character };
}

/** A range of the editor as plain data. */
export function plainRange({ start, end }: Range): TextRange {
  return { start: plainPosition(start), end: plainPosition(end) };
}
