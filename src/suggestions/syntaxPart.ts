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
  if (syntax === undefined) {
    return "code";
  }
  let at = 0;
  while (at < before.length) {
    const part = partAt(before, at, syntax);
    if (part === undefined) {
      // In a regular expression or a macro the next character is taken as it stands.
      at += before.charAt(at) === "\\" ? 2 : 1;
      continue;
    }
    const end = endOf(part, before, at + part.open.length);
    if (end === undefined) {
      return part.kind;
    }
    at = end;
  }
  return "code";
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
