import { type Enclosure, type LanguageSyntax, languageSyntax } from "./languageSyntax.ts";

/** What a place in a program belongs to. */
export type SyntaxPart = "code" | "comment" | "string";

/**
 * Tells whether the end of a text is in a comment or a string, without a parser: from the marks that begin and end them, over the text as given. It does not
 * know regular expressions, heredocs or what is nested in strings, and takes a text that begins in the midst of a comment for code; strings of one line end
 * with it, so that a mistake about them does.
 * @param before begins at a line's start
 * @param languageId the editor's; in a language it does not know all is code
 */
export function syntaxPart(before: string, languageId: string): SyntaxPart {
  const syntax = languageSyntax(languageId);
  for (const { kind, end } of syntax === undefined ? [] : partsFrom(before, 0, syntax)) {
    if (end === undefined) {
      return kind;
    }
  }
  return "code";
}

/**
 * Tells for texts that may come behind `before` where their first comment or string of the given kinds begins, as `syntaxPart` tells them. What stands before
 * is read once.
 * @param before begins at a line's start
 * @returns how many UTF-16 units of a text stand before that: all where there is none
 */
export function lengthBeforeParts(
  before: string,
  languageId: string,
  kinds: readonly SyntaxPart[],
): (text: string) => number {
  const syntax = languageSyntax(languageId);
  if (syntax === undefined) {
    return ({ length }) => length;
  }
  let resumeAt = 0;
  for (const { start, end } of partsFrom(before, 0, syntax)) {
    resumeAt = end ?? start;
  }
  // Read again, for a mark that began it or an escape may go on in the text.
  const rest = before.slice(resumeAt);
  return (text) => {
    for (const { kind, start } of partsFrom(rest + text, 0, syntax)) {
      if (kinds.includes(kind)) {
        return Math.max(0, start - rest.length);
      }
    }
    return text.length;
  };
}

interface FoundPart {
  readonly kind: Part["kind"];
  readonly start: number;
  /** The index behind it; undefined where it goes on to the end of the text. */
  readonly end: number | undefined;
}

/** The comments and strings of a text from `from` on, which is in code. */
function* partsFrom(text: string, from: number, syntax: LanguageSyntax): Generator<FoundPart> {
  let at = from;
  while (at < text.length) {
    const part = partAt(text, at, syntax);
    if (part === undefined) {
      // In a regular expression or a macro the next character is taken as it stands.
      at += text.charAt(at) === "\\" ? 2 : 1;
      continue;
    }
    const end = endOf(part, text, at + part.open.length);
    yield { kind: part.kind, start: at, end };
    if (end === undefined) {
      return;
    }
    at = end;
  }
}

interface Part extends Enclosure {
  readonly kind: "comment" | "string";
}

/** The comment or string that begins at `at`, if one does. */
function partAt(text: string, at: number, syntax: LanguageSyntax): Part | undefined {
  const begins = ({ open }: { readonly open: string }): boolean => text.startsWith(open, at);
  const block = syntax.blockComments.find(begins);
  if (block !== undefined) {
    return { ...block, kind: "comment" };
  }
  const mark = syntax.lineComments.find((open) => text.startsWith(open, at));
  if (mark !== undefined && (!syntax.isLineCommentApart || isApart(text, at))) {
    return { open: mark, close: "\n", isMultiline: false, hasEscapes: false, kind: "comment" };
  }
  const quoted = syntax.strings.find(begins);
  return quoted === undefined ? undefined : { ...quoted, kind: "string" };
}

function isApart(text: string, at: number): boolean {
  return at === 0 || /[\s;]/.test(text.charAt(at - 1));
}

/** The index behind a part whose inside begins at `from`; undefined where it goes on to the end of the text. */
function endOf({ close, isMultiline, hasEscapes }: Part, text: string, from: number): number | undefined {
  for (let at = from; at < text.length; at++) {
    if (hasEscapes && text.charAt(at) === "\\") {
      at++;
    } else if (text.startsWith(close, at)) {
      return at + close.length;
    } else if (!isMultiline && text.charAt(at) === "\n") {
      return at + 1;
    }
  }
  return undefined;
}
