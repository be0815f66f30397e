import { linePrefix, lineSuffix, type CaretPlace } from "./caretPlace.ts";
import type { SuggestionFilter } from "./suggestionFilter.ts";

/** Never doubles a closing bracket or quote: cuts the text where it would close what the text right of the caret closes already. */
export const bracketFilter: SuggestionFilter = (text, place) => {
  const closers = closersAhead(place);
  if (closers === "") {
    return text;
  }
  const open: string[] = [];
  let quote = openQuote(linePrefix(place));
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "\\") {
      at++;
    } else if (quote !== undefined) {
      if (character === quote.mark) {
        if (!quote.isOurs && closers.startsWith(character)) {
          return text.slice(0, at);
        }
        quote = undefined;
      }
    } else if (QUOTES.has(character)) {
      quote = { mark: character, isOurs: true };
    } else if (CLOSER_OF.has(character)) {
      open.push(CLOSER_OF.get(character) ?? "");
    } else if (OPENER_OF.has(character)) {
      if (open.at(-1) === character) {
        open.pop();
      } else if (closers.includes(character)) {
        return text.slice(0, at);
      }
    }
  }
  return text;
};

const CLOSER_OF: ReadonlyMap<string, string> = new Map([
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
]);
const OPENER_OF: ReadonlyMap<string, string> = new Map(Array.from(CLOSER_OF, ([opener, closer]) => [closer, opener]));
const QUOTES: ReadonlySet<string> = new Set(['"', "'", "`"]);

/** The closing brackets and quotes right of the caret, up to the first other character. */
function closersAhead(place: CaretPlace): string {
  return /^(?:\s*[)\]}"'`])*/.exec(lineSuffix(place))?.[0].replace(/\s/g, "") ?? "";
}

/** The quote that the line opens and does not close before the caret. An apostrophe inside a word is none. */
function openQuote(prefix: string): { readonly mark: string; readonly isOurs: boolean } | undefined {
  let mark: string | undefined;
  for (let at = 0; at < prefix.length; at++) {
    const character = prefix.charAt(at);
    if (character === "\\") {
      at++;
    } else if (mark !== undefined) {
      mark = character === mark ? undefined : mark;
    } else if (QUOTES.has(character) && !(character === "'" && /\w/.test(prefix.charAt(at - 1)))) {
      mark = character;
    }
  }
  return mark === undefined ? undefined : { mark, isOurs: false };
}
