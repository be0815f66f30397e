import { type Continuation, continuationRest, shortened } from "../decoding/continuation.ts";
import { type CaretPlace, linePrefix, lineSuffix } from "./caretPlace.ts";
import { filterLines } from "./filterLines.ts";
import { type GateSettings, passesGate, type WantedLength } from "./gate.ts";

/** How much of the text above the caret's line tells one place from another. */
const ABOVE_CHARS = 200;

const DEFAULT_CAPACITY = 200;

/** What a suggestion was made for: what comes up by itself at one eagerness may not at another, and what was asked for need not at any. */
export interface OfferTerms {
  readonly trigger: "automatic" | "explicit";
  /** In [0, 1]. */
  readonly eagerness: number;
}

export interface KeptSuggestion {
  readonly continuation: Continuation;
  readonly terms: OfferTerms;
}

/** What is asked for. */
export interface OfferWish extends OfferTerms {
  /** What an automatic suggestion has to pass at this eagerness. */
  readonly gate: GateSettings;
  /** Whether suggestions may have several lines. */
  readonly isMultiline: boolean;
  /** How much is wanted of a text where it would stand. */
  readonly wantedLength: WantedLength;
}

/**
 * Suggestions by the place where they were made. A suggestion shrinks as it is typed, to its last character, comes back after backspace and
 * retyping, and is the same each time for the same place: ghost text does not flicker. It is judged by the filters each time, for the text around it
 * may have changed; and as a whole, as if none of it were typed, for what may be offered must not fall for having been typed in part.
 */
export class SuggestionCache {
  readonly #capacity: number;
  /** The one last shown or foreseen comes first: it wins where several fit. */
  #entries: CacheEntry[] = [];
  /** What was last shown in each document, by what its entries have in common. */
  readonly #lastShown = new Map<string, symbol>();

  public constructor(capacity = DEFAULT_CAPACITY) {
    this.#capacity = capacity;
  }

  /**
   * What is left of suggestions made here or at a place from which the user typed into them, the best first; none where none fits. Several
   * were shown together. Without being asked for, only what would come up by itself as things are comes back, and what is being typed
   * of those that were asked for.
   */
  public find(document: string, place: CaretPlace, wish: OfferWish): readonly KeptSuggestion[] {
    const found = this.#fitting(document, place, wish);
    const [first] = found;
    if (first === undefined) {
      return [];
    }
    const { set } = first.entry;
    this.#entries = [
      ...this.#entries.filter((entry) => entry.set === set),
      ...this.#entries.filter((entry) => entry.set !== set),
    ];
    this.#lastShown.set(document, set);
    const kept = found.map(({ entry, rest }) => ({ continuation: rest, terms: entry.terms }));
    if (wish.trigger === "explicit" || kept.every(({ terms }) => isSame(terms, wish))) {
      return kept;
    }
    // From here on it comes up by itself.
    const { trigger, eagerness } = wish;
    const shown = kept.map(({ continuation }) => ({ continuation, terms: { trigger, eagerness } }));
    this.store(document, place, shown);
    return shown;
  }

  /** Whether something fits at a place. */
  public holds(document: string, place: CaretPlace, wish: OfferWish): boolean {
    return this.#fitting(document, place, wish).length > 0;
  }

  /** Remembers suggestions as shown together, the best first. */
  public store(document: string, place: CaretPlace, shown: readonly KeptSuggestion[]): void {
    this.#lastShown.set(document, this.#keep(document, place, shown));
  }

  /** Remembers a suggestion that is not shown yet. */
  public foresee(document: string, place: CaretPlace, suggestion: KeptSuggestion): void {
    this.#keep(document, place, [suggestion]);
  }

  /** Forgets all but the suggestions last shown in each document: what is on the screen stays, the rest is made anew. */
  public keepShown(): void {
    this.#entries = this.#entries.filter(({ document, set }) => this.#lastShown.get(document) === set);
  }

  /** Forgets a document's suggestions. */
  public forget(document: string): void {
    this.#entries = this.#entries.filter((entry) => entry.document !== document);
    this.#lastShown.delete(document);
  }

  public clear(): void {
    this.#entries = [];
    this.#lastShown.clear();
  }

  #keep(document: string, place: CaretPlace, suggestions: readonly KeptSuggestion[]): symbol {
    const set = Symbol(document);
    const here = describePlace(document, place);
    const made = suggestions.map((suggestion) => ({ ...here, ...suggestion, set }));
    const isMadeAgain = (entry: CacheEntry): boolean =>
      isSamePlace(entry, here) && made.some(({ continuation }) => continuation.text === entry.continuation.text);
    this.#entries = [...made, ...this.#entries.filter((entry) => !isMadeAgain(entry))].slice(0, this.#capacity);
    return set;
  }

  /** What fits of the first set of which anything does. */
  #fitting(document: string, place: CaretPlace, wish: OfferWish): readonly FittingEntry[] {
    const here = describePlace(document, place);
    const fitting: FittingEntry[] = [];
    for (const entry of this.#entries) {
      if (fitting[0] !== undefined && fitting[0].entry.set !== entry.set) {
        continue;
      }
      const found = cutUnwanted(restOf(entry, here, place), wish.wantedLength);
      if (found !== undefined && (wish.isMultiline || !found.rest.text.includes("\n")) && this.#mayShow(found, wish)) {
        fitting.push(found);
      }
    }
    return fitting;
  }

  #mayShow({ entry, rest, typedChars }: FittingEntry, wish: OfferWish): boolean {
    const { terms, continuation, document, set } = entry;
    if (wish.trigger === "explicit" || isSame(terms, wish)) {
      return true;
    }
    const isBeingTyped = terms.trigger === "explicit" && typedChars > 0 && this.#lastShown.get(document) === set;
    return (
      isBeingTyped || [continuation, rest].some(({ text, probability }) => passesGate(text, probability, wish.gate))
    );
  }
}

interface PlaceDescription {
  readonly document: string;
  readonly above: string;
  readonly prefix: string;
  readonly suffix: string;
}

interface CacheEntry extends PlaceDescription, KeptSuggestion {
  /** The same for all that were shown together. */
  readonly set: symbol;
}

interface FittingEntry {
  readonly entry: CacheEntry;
  /** At least one character. */
  readonly rest: Continuation;
  readonly typedChars: number;
}

function isSame(a: OfferTerms, b: OfferTerms): boolean {
  return a.trigger === b.trigger && a.eagerness === b.eagerness;
}

function isSamePlace(a: PlaceDescription, b: PlaceDescription): boolean {
  return a.document === b.document && a.prefix === b.prefix && a.suffix === b.suffix && a.above === b.above;
}

function describePlace(document: string, place: CaretPlace): PlaceDescription {
  const prefix = linePrefix(place);
  const lineStart = place.before.length - prefix.length;
  const above = place.before.slice(Math.max(0, lineStart - ABOVE_CHARS), lineStart);
  return { document, above, prefix, suffix: lineSuffix(place) };
}

function restOf(entry: CacheEntry, here: PlaceDescription, place: CaretPlace): FittingEntry | undefined {
  const { continuation } = entry;
  const { text } = continuation;
  const typed = entry.document === here.document ? typedSince(entry, { here, place, text }) : undefined;
  if (typed === undefined || typed.length >= text.length || !text.startsWith(typed)) {
    return undefined;
  }
  const isClosed = here.suffix !== entry.suffix;
  if (isClosed && !isClosedByEditor({ typed, suffixThen: entry.suffix, suffixNow: here.suffix })) {
    return undefined;
  }
  const closedChars = here.suffix.length - entry.suffix.length;
  const begun = {
    before: place.before.slice(0, place.before.length - typed.length),
    after: place.after.slice(closedChars),
  };
  const whole = shortened(continuation, filterLines(text, begun).length);
  if (whole.text.length <= typed.length) {
    return undefined;
  }
  const rest = continuationRest(whole, typed.length);
  const kept = isClosed ? shortened(rest, filterLines(rest.text, place).length) : rest;
  return kept.text === "" ? undefined : { entry, rest: kept, typedChars: typed.length };
}

function cutUnwanted(found: FittingEntry | undefined, wantedLength: WantedLength): FittingEntry | undefined {
  const rest = found === undefined ? undefined : shortened(found.rest, wantedLength(found.rest.text));
  return found === undefined || rest === undefined || rest.text === "" ? undefined : { ...found, rest };
}

interface Retyped {
  readonly here: PlaceDescription;
  readonly place: CaretPlace;
  /** What was suggested. */
  readonly text: string;
}

/** What was typed since a suggestion was made; undefined where it is not that line, nor one below it that the suggestion has reached. */
function typedSince(made: PlaceDescription, { here, place, text }: Retyped): string | undefined {
  if (made.above === here.above && here.prefix.startsWith(made.prefix)) {
    return here.prefix.slice(made.prefix.length);
  }
  for (let lineEnd = text.indexOf("\n"); lineEnd >= 0; lineEnd = text.indexOf("\n", lineEnd + 1)) {
    const typed = text.slice(0, lineEnd + 1) + here.prefix;
    if (text.startsWith(typed) && place.before.endsWith(made.above + made.prefix + typed)) {
      return typed;
    }
  }
  return undefined;
}

/** Whether the suffixes differ only by brackets and quotes that the editor put behind what was typed. */
function isClosedByEditor(change: {
  readonly typed: string;
  readonly suffixThen: string;
  readonly suffixNow: string;
}): boolean {
  const { typed, suffixThen, suffixNow } = change;
  if (!suffixNow.endsWith(suffixThen)) {
    return false;
  }
  const added = suffixNow.slice(0, suffixNow.length - suffixThen.length);
  return /^[)\]}"'`>]+$/.test(added) && added.length <= typed.length;
}
