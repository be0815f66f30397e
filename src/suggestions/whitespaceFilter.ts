import { lineSuffix } from "./caretPlace.ts";
import type { SuggestionFilter } from "./suggestionFilter.ts";

/**
 * Drops what is only white space, and cuts white space at the end, for it cannot be seen and so cannot be judged; but at the end of a line one space
 * behind a word or a sign stays: it is the key that would be typed next.
 */
export const whitespaceFilter: SuggestionFilter = (text, place) => {
  const visible = text.trimEnd();
  const isSpaceNext = visible !== "" && text.charAt(visible.length) === " ";
  return isSpaceNext && lineSuffix(place).trim() === "" ? `${visible} ` : visible;
};
