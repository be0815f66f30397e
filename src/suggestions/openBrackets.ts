/** Brackets by what closes them. */
export const OPENER_OF: ReadonlyMap<string, string> = new Map([
  [")", "("],
  ["]", "["],
  ["}", "{"],
]);
export const OPENERS: ReadonlySet<string> = new Set(OPENER_OF.values());
export const QUOTES: ReadonlySet<string> = new Set(['"', "'", "`"]);

/** A bracket opened further above is not looked for: in files that long the line to be closed stands at a line's start. */
const MAX_LOOK_BACK_CHARS = 6_000;

/** The brackets that lines leave open. */
export interface OpenBrackets {
  /** The openers, outermost first; the caller closes them as it goes. */
  readonly open: string[];
  /** Whether there may be more of them above what was looked at. */
  readonly isCutOff: boolean;
}

/**
 * The brackets that the lines above a line leave open, told without a parser: more rather than fewer where it cannot be known. Strings end with their line,
 * a quote that its line does not close is none, and in a comment only what it leaves open counts.
 * @param lines the text above the line, whole lines
 */
export function bracketsOpenAbove(lines: string): OpenBrackets {
  const isCutOff = lines.length > MAX_LOOK_BACK_CHARS;
  const open: string[] = [];
  for (const line of (isCutOff ? lines.slice(-MAX_LOOK_BACK_CHARS) : lines).split("\n")) {
    const commentStart = startOfComment(line);
    followBrackets(line.slice(0, commentStart), open);
    const openInComment: string[] = [];
    followBrackets(line.slice(commentStart), openInComment);
    open.push(...openInComment);
  }
  return { open, isCutOff };
}

/** Marks that begin a comment in most languages, apart from what else they stand for. */
const COMMENT = /^\s*(?:\/\/|\/\*|#(?=[\s!]|$)|\*(?=[\s/]|$)|--\s|%\s|;)|\s(?:\/\/|\/\*|#\s|--\s)/;

/** Where the comment of a line begins, or the line's length. */
export function startOfComment(line: string): number {
  return COMMENT.exec(line)?.index ?? line.length;
}

/** Opens and closes what a line opens and closes; a closer closes with its opener all that was opened behind it. */
function followBrackets(line: string, open: string[]): void {
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (character === "\\") {
      at++;
    } else if (OPENERS.has(character)) {
      open.push(character);
    } else if (QUOTES.has(character)) {
      at = endOfString(line, at);
    } else {
      closeBracket(character, open);
    }
  }
}

/** Closes the nearest bracket that `closer` closes, and all behind it. False where none is open. */
export function closeBracket(closer: string, open: string[]): boolean {
  const opener = OPENER_OF.get(closer);
  const at = opener === undefined ? -1 : open.lastIndexOf(opener);
  if (at < 0) {
    return false;
  }
  open.length = at;
  return true;
}

/** The index of the quote that closes the string which begins at `start`, or `start` where the line closes it not. */
function endOfString(line: string, start: number): number {
  const mark = line.charAt(start);
  for (let at = start + 1; at < line.length; at++) {
    if (line.charAt(at) === "\\") {
      at++;
    } else if (line.charAt(at) === mark) {
      return at;
    }
  }
  return start;
}
