import { findSecrets, looksRandom } from "../corpus/secrets.ts";
import { type CaretPlace, linePrefix } from "./caretPlace.ts";
import { secretBeginnings } from "./secretBeginnings.ts";
import type { SuggestionFilter } from "./suggestionFilter.ts";

/**
 * Cuts before a secret, as the line would stand: before what has the form of a key or token, what is assigned to a password and looks random, and any long run
 * of characters that looks drawn by chance; also where only its beginning is there. Nothing is offered that goes on with a secret begun left of the caret. What is left out of training can still stand
 * in an open document, and a model may spell what it never saw.
 */
export const secretFilter: SuggestionFilter = (text, place) => {
  const prefix = lineWithItsKey(place);
  const line = prefix + text;
  // A string whose end is not written yet may be a secret nonetheless.
  const lines = [line, ...QUOTES.filter((quote) => line.includes(quote)).map((quote) => line + quote)];
  const starts = [
    ...lines.flatMap((whole) => findSecrets(whole).filter(({ end }) => end > prefix.length)),
    ...randomRuns(line, prefix.length),
    // What hides behind a letter that stands before it shows once it is by itself.
    ...findSecrets(text).map(({ start }) => ({ start: prefix.length + start })),
  ].map(({ start }) => start);
  const earliest = Math.min(line.length, ...starts, ...secretBeginnings(line, prefix.length));
  return text.slice(0, Math.max(0, earliest - prefix.length));
};

const QUOTES: readonly string[] = ['"', "'", "`"];

/** Longer lines are not searched from their beginning: no secret is as long. */
const MAX_LINE_CHARS = 1_000;

/** A private key may have begun in a line above: one of 4,096 bits takes 3,300 characters. */
const MAX_KEY_CHARS = 4_000;

/** The caret's line up to the caret, and the key above in whose midst it may be. */
function lineWithItsKey(place: CaretPlace): string {
  const { before } = place;
  const keyStart = before.lastIndexOf("-----BEGIN");
  const isNear = keyStart >= 0 && before.length - keyStart <= MAX_KEY_CHARS;
  return isNear ? before.slice(keyStart) : linePrefix(place).slice(-MAX_LINE_CHARS);
}

/** Shorter runs are names as often as keys. */
const MIN_RUN_CHARS = 20;

/** The runs of letters, digits and what stands in base64 that look drawn by chance and do not end before `from`. */
function randomRuns(line: string, from: number): readonly { readonly start: number }[] {
  return [...line.matchAll(/[\w+/=-]+/g)]
    .map((match) => ({ run: match[0], start: match.index }))
    .filter(({ run, start }) => run.length >= MIN_RUN_CHARS && start + run.length > from && isDrawnByChance(run));
}

/**
 * Of random letters and digits a third is in runs of small letters, of names nearly all: `getUint16FromBase64`. Only where capitals or separators make it a
 * name of several words: of small letters alone runs are made by chance.
 */
const NAME_SHARE = 0.7;

function isDrawnByChance(run: string): boolean {
  const separatorCount = run.match(/[^A-Za-z0-9]/g)?.length ?? 0;
  const wordChars = (run.match(/[A-Z]?[a-z]{2,}/g) ?? []).join("").length;
  const hasSeveralWords = /[A-Z]/.test(run) || separatorCount >= 2;
  return !(hasSeveralWords && wordChars >= NAME_SHARE * (run.length - separatorCount)) && looksRandom(run);
}
