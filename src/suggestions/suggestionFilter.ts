import type { CaretPlace } from "./caretPlace.ts";

/**
 * Says how much of a text may be offered at a place.
 * @param text one line, not empty
 * @returns the beginning of `text` that may stay: all of it, some, or "" for none
 */
export type SuggestionFilter = (text: string, place: CaretPlace) => string;
