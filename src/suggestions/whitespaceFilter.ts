import type { SuggestionFilter } from "./suggestionFilter.ts";

/** Drops what is only white space, and cuts white space at the end: it cannot be seen, so it cannot be judged. */
export const whitespaceFilter: SuggestionFilter = (text) => text.trimEnd();
