import { CharacterNgram, NGRAM_ORDER } from "./characterNgram.ts";
import type { Offer, Suggester } from "./recordReplay.ts";

/** A suggestion is made longer while it is at least this probable. */
const LEAST_PROBABILITY = 0.85;

/** What accepting and a wrong suggestion cost, and the least expected saving of what is shown, in keystrokes. The baseline keeps its own. */
const ACCEPT_KEYS = 0.5;
const WRONG_KEYS = 1.5;
const LEAST_SAVED_KEYS = 1;

/**
 * The baseline: a Witten-Bell n-gram over characters that learns as it is typed into, extended greedily within the line while it stays
 * probable, shown when probability × (length − ½) − 1.5 × (1 − probability) is at least 1.
 * @param texts what it has learnt before
 */
export function characterBaseline(texts: readonly string[]): Suggester {
  const ngram = new CharacterNgram(texts);
  return {
    begin: () => undefined,
    suggest: (place) => extendGreedily(ngram, place.textBefore(NGRAM_ORDER)),
    learn: (place, unit) => {
      ngram.learn(place.textBefore(NGRAM_ORDER), unit.charCodeAt(0));
    },
    end: () => undefined,
  };
}

function extendGreedily(ngram: CharacterNgram, before: string): Offer | null {
  let text = "";
  let probability = 1;
  for (;;) {
    const next = ngram.mostLikely(before + text);
    if (next === undefined || next.unit === LINE_END || probability * next.probability < LEAST_PROBABILITY) {
      break;
    }
    probability *= next.probability;
    text += String.fromCharCode(next.unit);
  }
  const savedKeys = probability * (text.length - ACCEPT_KEYS) - WRONG_KEYS * (1 - probability);
  return text !== "" && savedKeys >= LEAST_SAVED_KEYS ? { text, probability } : null;
}

const LINE_END = 10;
