import { type Continuation, continuationRest, shortened } from "../decoding/continuation.ts";
import { type CaretPlace, linePrefix, lineSuffix } from "./caretPlace.ts";
import { filterLines } from "./filterLines.ts";
import { savesKeys } from "./gate.ts";

/** How much of the text above the caret's line tells one place from another. */
const ABOVE_CHARS = 200;

const DEFAULT_CAPACITY = 200;

/**
 * Suggestions by the place where they were made. A suggestion shrinks as it is typed, comes back after backspace and retyping, and is
 * the same each time for the same place: ghost text does not flicker.
 */
export class SuggestionCache {
  readonly #capacity: number;
  /** The one last shown comes first: it wins where several fit. */
  #entries: CacheEntry[] = [];

  public constructor(capacity = DEFAULT_CAPACITY) {
    this.#capacity = capacity;
  }

  /** What is left of a suggestion made here or at a place from which the user typed into it; undefined where none fits, or too little is left. */
  public find(document: string, place: CaretPlace): Continuation | undefined {
    const here = describePlace(document, place);
    for (const [index, entry] of this.#entries.entries()) {
      const rest = restOf(entry, here, place);
      if (rest !== undefined && savesKeys(rest.text)) {
        this.#entries.splice(index, 1);
        this.#entries.unshift(entry);
        return rest;
      }
    }
    return undefined;
  }

  /** Remembers a suggestion as shown. */
  public store(document: string, place: CaretPlace, continuation: Continuation): void {
    this.#entries.unshift({ ...describePlace(document, place), continuation });
    this.#entries.length = Math.min(this.#entries.length, this.#capacity);
  }

  /** Forgets all but the suggestion last shown in each document: what is on the screen stays, the rest is made anew. */
  public keepShown(): void {
    const seen = new Set<string>();
    this.#entries = this.#entries.filter(({ document }) => !seen.has(document) && seen.add(document));
  }

  /** Forgets a document's suggestions. */
  public forget(document: string): void {
    this.#entries = this.#entries.filter((entry) => entry.document !== document);
  }

  public clear(): void {
    this.#entries = [];
  }
}

interface PlaceDescription {
  readonly document: string;
  readonly above: string;
  readonly prefix: string;
  readonly suffix: string;
}

interface CacheEntry extends PlaceDescription {
  readonly continuation: Continuation;
}

function describePlace(document: string, place: CaretPlace): PlaceDescription {
  const prefix = linePrefix(place);
  const lineStart = place.before.length - prefix.length;
  const above = place.before.slice(Math.max(0, lineStart - ABOVE_CHARS), lineStart);
  return { document, above, prefix, suffix: lineSuffix(place) };
}

function restOf(
  { continuation, ...made }: CacheEntry,
  here: PlaceDescription,
  place: CaretPlace,
): Continuation | undefined {
  const typed =
    made.document === here.document ? typedSince(made, { here, place, text: continuation.text }) : undefined;
  if (typed === undefined || typed.length >= continuation.text.length || !continuation.text.startsWith(typed)) {
    return undefined;
  }
  const rest = continuationRest(continuation, typed.length);
  if (here.suffix === made.suffix) {
    return rest;
  }
  if (!isClosedByEditor({ typed, suffixThen: made.suffix, suffixNow: here.suffix })) {
    return undefined;
  }
  const kept = filterLines(rest.text, place);
  return kept === "" ? undefined : shortened(rest, kept.length);
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
