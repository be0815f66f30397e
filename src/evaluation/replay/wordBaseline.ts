import { trailingWord } from "../../suggestions/caretPlace.ts";
import type { Suggester } from "./recordReplay.ts";
import type { TypingPlace } from "./typingPlace.ts";

/** As VS Code takes a text apart into words. */
const WORDS = /[\p{L}\p{N}\p{M}_$]+/gu;

/**
 * VS Code's word-based completion, as if it were shown inline: while a word is typed, the most recent word in the open files that begins
 * so, where "recent" goes up from the caret, then down from it, and then through the documents opened before, the latest first. It
 * has no probability; all it shows counts as certain.
 */
export function wordBaseline(): Suggester {
  let recent: readonly string[] = [];
  return {
    begin: (place) => {
      recent = [...new Set([...wordsAround(place), ...recent])];
    },
    suggest: (place) => {
      const typed = trailingWord(place.lineText(place.position.line));
      const word =
        typed === "" ? undefined : recent.find((some) => some.length > typed.length && some.startsWith(typed));
      return word === undefined ? null : { text: word.slice(typed.length), probability: 1 };
    },
    learn: (place, unit) => {
      const typed = trailingWord(place.lineText(place.position.line));
      // The word is over.
      if (typed !== "" && trailingWord(typed + unit) === "") {
        recent = [typed, ...recent.filter((word) => word !== typed)];
      }
    },
    end: () => undefined,
  };
}

/** The words of a document, the nearest above the caret first, then the nearest below it. */
function wordsAround(place: TypingPlace): readonly string[] {
  const { line: caretLine } = place.position;
  const above: string[] = [];
  const below: string[] = [];
  for (let line = 0; line < place.lineCount; line++) {
    const words = place.lineText(line).match(WORDS) ?? [];
    (line < caretLine ? above : below).push(...words);
  }
  return [...above.reverse(), ...below];
}
