import { tokenEnds } from "../tokens/tokenEnds.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";

/** A text around a place, from where its pieces begin. */
export interface TextAtPlace {
  /** From the last place before it that pieces never cross; empty where that is the place itself. */
  readonly typed: string;
  /** Behind it, far enough for one piece; empty only at the document's end. */
  readonly after: string;
}

/** The token that a text has at a place. */
export interface TokenAtPlace {
  /** Whole tokens before it, from where the text was cut. */
  readonly before: Int32Array;
  /** The token that the first character behind the place belongs to, and what may stand before the place in the same token; END at the document's end. */
  readonly token: number;
  /** What of it stands before the place. */
  readonly typed: string;
  /** What it stands for in the text; of a token that is a part of a character as the vocabulary writes it. */
  readonly text: string;
}

/** The token that comes at a place, as the text is cut where it is scored. */
export function tokenAtPlace(vocabulary: Vocabulary, { typed, after }: TextAtPlace): TokenAtPlace {
  const text = typed + after;
  const ids = vocabulary.encode(text);
  const ends = tokenEnds(text, ids, vocabulary);
  // Of a character in several tokens only the last has the end, so that what comes is the first behind what ends the typed text.
  const reached = ends.findIndex((end) => end >= typed.length);
  const isBehind = typed !== "" && ends[reached] === typed.length;
  const index = typed === "" ? 0 : reached + (isBehind ? 1 : 0);
  const token = ids[index];
  if (token === undefined) {
    return { before: ids, token: vocabulary.endId, typed: "", text: "" };
  }
  const start = ends[index - 1] ?? 0;
  const own = text.slice(start, ends[index]);
  return {
    before: ids.slice(0, index),
    token,
    typed: text.slice(start, typed.length),
    text: own === "" ? vocabulary.decode([token]) : own,
  };
}
