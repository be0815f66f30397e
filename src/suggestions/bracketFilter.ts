import { type CaretPlace, linePrefix, lineSuffix } from "./caretPlace.ts";
import {
  bracketsOpenAbove,
  closeBracket,
  OPENER_OF,
  OPENERS,
  type OpenBrackets,
  QUOTES,
  startOfComment,
} from "./openBrackets.ts";
import type { SuggestionFilter } from "./suggestionFilter.ts";

/**
 * Cuts before a closing bracket or quote that does not belong there: one that would double what the text right of the caret closes already, and a bracket that
 * closes neither what the text opens nor what stands open before the caret. Where nothing can be told, as in comments, only doubles are cut.
 */
export const bracketFilter: SuggestionFilter = (text, place) =>
  // Most texts close nothing, and need no look at what stands before them.
  /[)\]}>"'`]/.test(text) ? text.slice(0, keptLength(text, place)) : text;

/** A bracket, a quote or, inside one, a bracket of text that goes into it: `${`. */
interface Opened {
  readonly mark: string;
  readonly isOurs: boolean;
}

type Quote = '"' | "'" | "`";

/** Of a longer line only the end is looked at, and what it closes may stand before. */
const MAX_LINE_CHARS = 4_000;

function keptLength(text: string, place: CaretPlace): number {
  const whole = linePrefix(place);
  const prefix = whole.slice(-MAX_LINE_CHARS);
  const closers = closersAhead(place);
  const opened: Opened[] = [];
  for (let at = 0; at < prefix.length; at++) {
    at += follow(prefix, at, { opened, isOurs: false });
  }
  let above: OpenBrackets | undefined;
  let angleCount = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    const top = opened.at(-1);
    if (isQuote(top)) {
      const doubledAt = top.isOurs ? undefined : doubleInString(text, at, { mark: top.mark, closers });
      if (doubledAt !== undefined) {
        return doubledAt;
      }
      at += follow(text, at, { opened, isOurs: true });
      continue;
    }
    if (isDouble(character, top, closers)) {
      return at;
    }
    angleCount += character === "<" ? 1 : 0;
    if (character === ">" && !/[=-]/.test(text.charAt(at - 1)) && --angleCount < 0 && closesAngle(place)) {
      return at;
    }
    if (OPENER_OF.has(character) && top?.mark !== openerMark(character, top)) {
      const line = prefix + text.slice(0, at);
      above ??= bracketsOpenAbove(place.before.slice(0, place.before.length - whole.length));
      if (whole === prefix && !mayClose(character, line, { opened, above })) {
        return at;
      }
    }
    at += follow(text, at, { opened, isOurs: true });
  }
  return text.length;
}

/** Takes the character at `at` into account; returns how many behind it belong to it. */
function follow(line: string, at: number, { opened, isOurs }: { opened: Opened[]; isOurs: boolean }): number {
  const character = line.charAt(at);
  const top = opened.at(-1);
  if (character === "\\") {
    return 1;
  }
  if (isQuote(top)) {
    if (character === top.mark) {
      opened.pop();
    } else if (top.mark === "`" && line.startsWith("${", at)) {
      opened.push({ mark: "${", isOurs });
      return 1;
    }
  } else if (QUOTES.has(character)) {
    if (character !== "'" || !isNoQuote(line, at)) {
      opened.push({ mark: character, isOurs });
    }
  } else if (OPENERS.has(character)) {
    opened.push({ mark: character, isOurs });
  } else if (OPENER_OF.has(character) && top?.mark === openerMark(character, top)) {
    opened.pop();
  }
  return 0;
}

function isQuote(opened: Opened | undefined): opened is Opened & { readonly mark: Quote } {
  return opened !== undefined && QUOTES.has(opened.mark);
}

function openerMark(closer: string, top: Opened | undefined): string | undefined {
  return closer === "}" && top?.mark === "${" ? "${" : OPENER_OF.get(closer);
}

/** An apostrophe inside a word, or a lifetime in Rust: `&'a str`, `Foo<'a>`. */
function isNoQuote(line: string, at: number): boolean {
  return /\w/.test(line.charAt(at - 1)) || (/[&<]/.test(line.charAt(at - 1)) && /^'\w+\b(?!')/.test(line.slice(at)));
}

/** The closing brackets and quotes right of the caret, up to the first other character. */
function closersAhead(place: CaretPlace): string {
  return /^(?:\s*[)\]}"'`])*/.exec(lineSuffix(place))?.[0].replace(/\s/g, "") ?? "";
}

/** Whether a bracket of the text would close, outside of strings, what is closed ahead. */
function isDouble(character: string, top: Opened | undefined, closers: string): boolean {
  const isOurs = top?.isOurs === true && top.mark === openerMark(character, top);
  return OPENER_OF.has(character) && closers.includes(character) && !isOurs;
}

/**
 * Where the text would double what is closed ahead, when at `at` it is in a string that began before it: at the quote, or before the brackets that stand ahead of
 * the quote, `y}"` where `}"` is ahead; undefined where it does not.
 */
function doubleInString(
  text: string,
  at: number,
  { mark, closers }: { readonly mark: string; readonly closers: string },
): number | undefined {
  const markAt = closers.indexOf(mark);
  const character = text.charAt(at);
  if (markAt < 0 || character === mark) {
    return markAt < 0 ? undefined : at;
  }
  const opener = OPENER_OF.get(character);
  if (opener === undefined || !closers.slice(0, markAt).includes(character)) {
    return undefined;
  }
  const before = text.slice(0, at);
  return before.split(opener).length <= before.split(character).length ? at : undefined;
}

/** Whether the caret stands between `<` and `>` that belong together: type arguments, a tag. */
function closesAngle(place: CaretPlace): boolean {
  return /^\s*>(?![>=])/.test(lineSuffix(place)) && /(?:[\w:]<|<\/?[A-Za-z])[^<>]*$/.test(linePrefix(place));
}

/** A smiley, or the mark before a list's entry or a shell's case: `a)`, `--help | -h)`. */
const CLOSED_ALONE = /[:;]-?$|^[\s*>"-]*[^\s()[\]{}=|]+(?:\s*\|\s*[^\s()[\]{}=|]+)*$/;
/** Such marks are short. */
const MAX_ALONE_CHARS = 200;

/** Whether a bracket that does not close the last one opened may stand behind `line`; if so, what it closes is closed. */
function mayClose(
  closer: string,
  line: string,
  { opened, above }: { readonly opened: Opened[]; readonly above: OpenBrackets },
): boolean {
  if (startOfComment(line) < line.length) {
    return true;
  }
  if (opened.length > 0) {
    return isInCharacterClass(line) || closesInterval(closer, line, opened);
  }
  if (closeBracket(closer, above.open)) {
    return true;
  }
  const isAlone = closer === ")" && line.length <= MAX_ALONE_CHARS && CLOSED_ALONE.test(line);
  return isAlone || (above.isCutOff && /^[\s)\]}]*$/.test(line));
}

/** Of a regular expression: `/[)}]/`. */
function isInCharacterClass(line: string): boolean {
  return /\/[^/]*\[[^\]]*$/.test(line.slice(-MAX_ALONE_CHARS));
}

/** `[0, n)` and `(0, n]`. */
function closesInterval(closer: string, line: string, opened: Opened[]): boolean {
  const isInterval = closer === ")" ? /\[[^()[\],]{1,30},[^()[\],]{1,30}$/ : /\([^()[\],]{1,30},[^()[\],]{1,30}$/;
  if (closer === "}" || !isInterval.test(line)) {
    return false;
  }
  opened.pop();
  return true;
}
