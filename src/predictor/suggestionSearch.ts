import type { Clock } from "../base/ports.ts";
import type { Continuation } from "../decoding/continuation.ts";
import type { CompletionAnswer, CompletionQuery } from "../protocol/predictorMessages.ts";
import type { CaretPlace } from "../suggestions/caretPlace.ts";
import {
  automaticGate,
  DEFAULT_EAGERNESS,
  EXPLICIT_GATE,
  isPlaceOpen,
  isPlaceUnwanted,
  wantedLength,
} from "../suggestions/gate.ts";
import { type KeptSuggestion, type OfferWish, SuggestionCache } from "../suggestions/suggestionCache.ts";
import type { DocumentWindow } from "./contextTrail.ts";
import type { LoadedModel } from "./loadedModel.ts";
import { readBehind } from "./readBehind.ts";
import { readInTime } from "./readInTime.ts";
import type { SliceScheduler } from "./sliceScheduler.ts";
import { type SuggestOptions, suggestContinuations } from "./suggestContinuations.ts";

/** Share of the budget after which no model step is begun: the answer has to travel, and the step under way to end. */
const BUDGET_SHARE = 0.85;

const EXPLICIT_COUNT = 4;

export interface SearchRequest {
  readonly query: CompletionQuery;
  readonly place: CaretPlace;
  /** The text up to the caret. */
  readonly window: DocumentWindow;
  readonly isGone: () => boolean;
  readonly startedMs: number;
}

export interface SearchOutcome {
  /** Best first. */
  readonly suggestions: readonly KeptSuggestion[];
  /** Why there is none. */
  readonly silence: CompletionAnswer["silence"];
}

/** What comes at a place: from what was suggested before where that still fits, else from a model. Searches ahead for where an accepted suggestion leads. */
export class SuggestionSearch {
  readonly #clock: Clock;
  readonly #scheduler: SliceScheduler;
  readonly #shown = new SuggestionCache();
  /** Where was last searched ahead: without result it is not to be done again at every key. */
  #foreseen: { readonly document: string; readonly place: CaretPlace; readonly eagerness: number } | undefined;

  public constructor(clock: Clock, scheduler: SliceScheduler) {
    this.#clock = clock;
    this.#scheduler = scheduler;
  }

  /** What may be shown at a place within the query's budget; it counts as shown unless the request is gone meanwhile. */
  public async find(model: LoadedModel, request: SearchRequest): Promise<SearchOutcome> {
    const { query, place, window, isGone, startedMs } = request;
    const wish = wishOf(query, place);
    const { document } = query;
    const refusal = silenceAt(place, query, wish);
    if (refusal !== null) {
      return { suggestions: [], silence: refusal };
    }
    const count = wish.trigger === "explicit" ? EXPLICIT_COUNT : 1;
    const found = this.#shown.find(document, place, wish);
    if (wish.trigger === "automatic" && found.length > 0) {
      return { suggestions: found, silence: null };
    }
    // Whoever asks wants to see what else there is now.
    const known = found.slice(0, 1);
    const deadlineMs = startedMs + BUDGET_SHARE * query.budgetMs;
    const shouldStop = (): boolean => this.#clock.nowMs() >= deadlineMs || isGone();
    const reading = readInTime(model, { document, window, clock: this.#clock, deadlineMs, isGone });
    const options = searchOptions(model, { document, wish, count, shouldStop });
    const outcome = await this.#scheduler.runForeground(
      (function* (): Generator<void, SearchOutcome> {
        const state = yield* reading;
        if (state === undefined) {
          return { suggestions: known, silence: "warmingUp" };
        }
        const { continuations, silence } = yield* suggestContinuations(state, place, options);
        return { suggestions: join(known, continuations, wish).slice(0, count), silence };
      })(),
    );
    const { suggestions } = outcome;
    if (suggestions.length === 0) {
      return outcome;
    }
    if (!isGone()) {
      this.#shown.store(document, place, suggestions);
    }
    return { suggestions, silence: null };
  }

  /** Searches in the background where accepting what was suggested leads, so that the request there is answered at once. Given up when the request is gone. */
  public async foresee(model: LoadedModel, request: SearchRequest, accepted: Continuation): Promise<void> {
    const { query, window, isGone } = request;
    const { document } = query;
    const place = { before: request.place.before + accepted.text, after: request.place.after };
    // What comes behind an accepted suggestion is not asked for.
    const wish = wishOf({ ...query, trigger: "automatic" }, place);
    const { eagerness } = wish;
    if (
      this.#wasForeseen(document, place, eagerness) ||
      silenceAt(place, query, wish) !== null ||
      this.#shown.holds(document, place, wish)
    ) {
      return;
    }
    const cache = this.#shown;
    const options = searchOptions(model, { document, wish, count: 1, shouldStop: () => false });
    const isDone = await this.#scheduler.runBackground(
      (function* (): Generator<void, void> {
        const state = yield* readBehind(model, { document, window, text: accepted.text });
        const [best] = state === undefined ? [] : (yield* suggestContinuations(state, place, options)).continuations;
        if (best !== undefined) {
          cache.foresee(document, place, { continuation: best, terms: { trigger: "automatic", eagerness } });
        }
      })(),
      isGone,
    );
    if (isDone) {
      this.#foreseen = { document, place, eagerness };
    }
  }

  /** Forgets all but what is on the screen. */
  public keepShown(): void {
    this.#foreseen = undefined;
    this.#shown.keepShown();
  }

  /** Forgets a document's suggestions. */
  public forget(document: string): void {
    this.#foreseen = undefined;
    this.#shown.forget(document);
  }

  public clear(): void {
    this.#foreseen = undefined;
    this.#shown.clear();
  }

  #wasForeseen(document: string, { before, after }: CaretPlace, eagerness: number): boolean {
    const last = this.#foreseen;
    return (
      last?.document === document &&
      last.eagerness === eagerness &&
      last.place.before === before &&
      last.place.after === after
    );
  }
}

function wishOf(query: CompletionQuery, place: CaretPlace): OfferWish {
  const { trigger, eagerness = DEFAULT_EAGERNESS, acceptedShare, multiline } = query;
  const gate = trigger === "explicit" ? EXPLICIT_GATE : automaticGate(eagerness, acceptedShare);
  return { trigger, eagerness, gate, isMultiline: multiline === "whenSure", wantedLength: wantedLength(place, query) };
}

/** Why nothing is to be offered at a place at all; null where something may be. */
function silenceAt(place: CaretPlace, query: CompletionQuery, { gate }: OfferWish): CompletionAnswer["silence"] {
  if (isPlaceUnwanted(place, query)) {
    return "notWanted";
  }
  return isPlaceOpen(place, gate) ? null : "unsure";
}

interface SearchWish extends Pick<SuggestOptions, "count" | "shouldStop"> {
  readonly document: string;
  readonly wish: OfferWish;
}

function searchOptions(model: LoadedModel, { document, wish, ...rest }: SearchWish): SuggestOptions {
  const { gate, isMultiline, wantedLength: wanted } = wish;
  return { gate, calibrate: model.calibrateFor(document), isMultiline, wantedLength: wanted, ...rest };
}

/** What is on the screen stays first. */
function join(
  known: readonly KeptSuggestion[],
  found: readonly Continuation[],
  { trigger, eagerness }: OfferWish,
): readonly KeptSuggestion[] {
  const isOther = ({ text }: Continuation): boolean =>
    !known.some(({ continuation }) => text.startsWith(continuation.text) || continuation.text.startsWith(text));
  const others = found.filter(isOther).map((continuation) => ({ continuation, terms: { trigger, eagerness } }));
  return [...known, ...others];
}
