import { LmError } from "../base/errors.ts";
import type { Clock } from "../base/ports.ts";
import { createRng } from "../base/rng.ts";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import type { Continuation } from "../decoding/continuation.ts";
import type {
  CompletionAnswer,
  CompletionQuery,
  PredictedSuggestion,
  PredictorModelInfo,
  PredictorRequests,
} from "../protocol/predictorMessages.ts";
import type { RecurrentState } from "../models/neural/recurrentKernel.ts";
import { AUTOMATIC_GATE, EXPLICIT_GATE, isPlaceOpen } from "../suggestions/gate.ts";
import { SuggestionCache } from "../suggestions/suggestionCache.ts";
import { type CaretQuery, normalizeLineEnds, readCaret } from "./caretQuery.ts";
import type { DocumentWindow } from "./contextTrail.ts";
import type { CaretState } from "./documentContext.ts";
import { describeModel, fingerprintOf, LoadedModel, type ModelRuntime } from "./loadedModel.ts";
import { sampleText } from "./sampleText.ts";
import { SliceScheduler } from "./sliceScheduler.ts";
import { suggestContinuations } from "./suggestContinuations.ts";

export interface PredictorOptions extends ModelRuntime {
  /** Resolves once messages that have come in were delivered. */
  readonly pause: () => Promise<void>;
  /** The checkpoint in a directory; throws `LmError` where there is none to be had. */
  readonly openCheckpoint: (directory: string) => Promise<Checkpoint>;
}

/** Share of the time left that may go into reading, before the search. */
const READING_SHARE = 0.5;

/** Share after which reading is given up, and begun again with less as long as there are attempts. */
const STOP_SHARE = 0.6;
const READING_ATTEMPTS = 2;

/** Share of the budget after which no model step is begun: the answer has to travel, and the step under way to end. */
const BUDGET_SHARE = 0.85;

const EXPLICIT_COUNT = 4;

/** A new model that replaces another reads the document in use first, for at most this long, so that its first answers have context. */
const HANDOVER_MS = 2_000;

/**
 * Answers completion requests from a checkpoint, without TensorFlow. Every answer keeps to its budget: what there is no time to read now
 * is read in the background, and until then answers come from less context.
 */
export class Predictor {
  readonly #options: PredictorOptions;
  readonly #scheduler: SliceScheduler;
  readonly #shown = new SuggestionCache();
  /** The newest request for each document; an older one ends as soon as it notices. */
  readonly #newest = new Map<string, symbol>();
  /** What the background reads in each document. */
  readonly #reading = new Map<string, symbol>();
  #model: LoadedModel | undefined;
  #lastRead: { readonly document: string; readonly window: DocumentWindow } | undefined;
  /** Loads and unloads, one after the other. */
  #lastChange: Promise<unknown> = Promise.resolve();

  public constructor(options: PredictorOptions) {
    this.#options = options;
    this.#scheduler = new SliceScheduler(options.clock, options.pause);
  }

  /**
   * Answers from the checkpoint in `directory` from now on; requests under way finish with the model they began with. Where the
   * weights are those in use, what was read with them is kept.
   */
  public load(directory: string): Promise<PredictorModelInfo> {
    return this.#change(async () => {
      const checkpoint = await this.#options.openCheckpoint(directory);
      if (this.#model?.fingerprint === fingerprintOf(checkpoint)) {
        return describeModel(directory, checkpoint);
      }
      const model = new LoadedModel(directory, checkpoint, this.#options);
      if (this.#model !== undefined) {
        await this.#prepareHandover(model);
      }
      this.#model = model;
      this.#reading.clear();
      this.#shown.keepShown();
      return model.info;
    });
  }

  public unload(): Promise<null> {
    return this.#change(() => {
      this.#model = undefined;
      this.#reading.clear();
      this.#shown.clear();
      return Promise.resolve(null);
    });
  }

  /** Never throws for what a document may hold. */
  public async complete(query: CompletionQuery, signal: AbortSignal): Promise<CompletionAnswer> {
    const startedMs = this.#options.clock.nowMs();
    const answer = (
      suggestions: readonly PredictedSuggestion[],
      silence: CompletionAnswer["silence"],
    ): CompletionAnswer => ({
      suggestions,
      elapsedMs: this.#options.clock.nowMs() - startedMs,
      silence,
    });
    const ticket = Symbol(query.document);
    this.#newest.set(query.document, ticket);
    const model = this.#model;
    const caret = readCaret(query);
    if (model === undefined || typeof caret === "string") {
      return answer([], typeof caret === "string" ? caret : "noModel");
    }
    const isGone = (): boolean => signal.aborted || this.#newest.get(query.document) !== ticket;
    const window = { text: caret.place.before, isFromStart: query.isFromStart };
    try {
      const outcome = await this.#find(model, { query, caret, window, isGone, startedMs });
      if (isGone()) {
        return answer([], "cancelled");
      }
      const [best] = outcome.continuations;
      if (best !== undefined && outcome.isNew) {
        this.#shown.store(query.document, caret.place, best);
      }
      return answer(
        outcome.continuations.map((continuation) => toSuggestion(continuation, caret)),
        best === undefined ? outcome.silence : null,
      );
    } finally {
      if (this.#newest.get(query.document) === ticket) {
        this.#newest.delete(query.document);
        if (this.#model === model) {
          void this.#readAhead(query.document, window);
        }
      }
    }
  }

  /** Resolves once the text is read as far as it is worth it, or a newer request for the document has come. */
  public async prepare({ document, before, isFromStart }: PredictorRequests["prepare"]["params"]): Promise<null> {
    await this.#readAhead(document, { text: normalizeLineEnds(before), isFromStart });
    return null;
  }

  public close(document: string): null {
    this.#newest.delete(document);
    this.#reading.delete(document);
    this.#model?.forget(document);
    this.#shown.forget(document);
    if (this.#lastRead?.document === document) {
      this.#lastRead = undefined;
    }
    return null;
  }

  /** The text that the model writes behind a prompt. Throws `LmError` where no model is loaded. */
  public async sample(
    { prompt, lengthTokens, temperature, seed }: PredictorRequests["sample"]["params"],
    onText: (text: string) => void,
    signal: AbortSignal,
  ): Promise<PredictorRequests["sample"]["result"]> {
    if (this.#model === undefined) {
      throw new LmError("checkpointMissing", "There is no model to sample from; train one first.");
    }
    let text = "";
    const work = sampleText(this.#model.reading, {
      prompt,
      lengthTokens,
      sampler: { temperature, topK: Infinity, topP: 1, rng: createRng(seed) },
      onText: (part) => {
        text += part;
        onText(part);
      },
      shouldStop: () => signal.aborted,
    });
    await this.#scheduler.runBackground(work, () => signal.aborted);
    return { text };
  }

  async #find(model: LoadedModel, request: RunningRequest): Promise<FindOutcome> {
    const { query, caret, window, isGone, startedMs } = request;
    const isExplicit = query.trigger === "explicit";
    const gate = isExplicit ? EXPLICIT_GATE : AUTOMATIC_GATE;
    if (!isPlaceOpen(caret.place, gate)) {
      return { continuations: [], isNew: false, silence: "unsure" };
    }
    const known = this.#shown.find(query.document, caret.place);
    if (known !== undefined && !isExplicit) {
      return { continuations: [known], isNew: false, silence: null };
    }
    const { clock } = this.#options;
    const deadlineMs = startedMs + BUDGET_SHARE * query.budgetMs;
    const shouldStop = (): boolean => clock.nowMs() >= deadlineMs || isGone();
    const reading = readInTime(model, { document: query.document, window, clock, deadlineMs, isGone });
    const count = isExplicit ? EXPLICIT_COUNT : 1;
    return this.#scheduler.runForeground(
      (function* (): Generator<void, FindOutcome> {
        const state = yield* reading;
        if (state === undefined) {
          return { continuations: known === undefined ? [] : [known], isNew: false, silence: "warmingUp" };
        }
        const { continuations, silence } = yield* suggestContinuations(state, caret.place, { gate, count, shouldStop });
        if (known === undefined) {
          return { continuations, isNew: true, silence };
        }
        // What is on the screen stays first.
        const others = continuations.filter(({ text }) => !text.startsWith(known.text) && !known.text.startsWith(text));
        return { continuations: [known, ...others].slice(0, count), isNew: false, silence: null };
      })(),
    );
  }

  async #readAhead(document: string, window: DocumentWindow): Promise<void> {
    const model = this.#model;
    if (model === undefined) {
      return;
    }
    const ticket = Symbol(document);
    this.#reading.set(document, ticket);
    this.#lastRead = { document, window };
    const isGone = (): boolean => this.#reading.get(document) !== ticket;
    await this.#scheduler.runBackground(model.context(document).deepen(window, isGone), isGone);
    if (!isGone()) {
      this.#reading.delete(document);
    }
  }

  async #prepareHandover(model: LoadedModel): Promise<void> {
    if (this.#lastRead === undefined) {
      return;
    }
    const { document, window } = this.#lastRead;
    const endMs = this.#options.clock.nowMs() + HANDOVER_MS;
    const isOver = (): boolean => this.#options.clock.nowMs() >= endMs;
    await this.#scheduler.runBackground(model.context(document).deepen(window, isOver), isOver);
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    const changed = this.#lastChange.then(change);
    this.#lastChange = changed.catch(() => undefined); // The caller hears of it; the next change starts afresh.
    return changed;
  }
}

interface TimedReading {
  readonly document: string;
  readonly window: DocumentWindow;
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly isGone: () => boolean;
}

/** Reads as much context as there is time for. Where the machine turns out to be slower than it was, tries again with less. */
function* readInTime(
  model: LoadedModel,
  { document, window, clock, deadlineMs, isGone }: TimedReading,
): Generator<void, CaretState<RecurrentState> | undefined> {
  for (let attempt = 0; attempt < READING_ATTEMPTS; attempt++) {
    const nowMs = clock.nowMs();
    const leftMs = deadlineMs - nowMs;
    const maxChars = model.reading.pace.charsWithin(READING_SHARE * leftMs);
    const shouldStop = (): boolean => clock.nowMs() >= nowMs + STOP_SHARE * leftMs || isGone();
    const state = yield* model.context(document).read(window, { maxChars, shouldStop });
    if (state !== undefined || isGone()) {
      return state;
    }
  }
  return undefined;
}

interface RunningRequest {
  readonly query: CompletionQuery;
  readonly caret: CaretQuery;
  readonly window: DocumentWindow;
  readonly isGone: () => boolean;
  readonly startedMs: number;
}

interface FindOutcome {
  readonly continuations: readonly Continuation[];
  /** Whether the first is not on the screen yet. */
  readonly isNew: boolean;
  readonly silence: CompletionAnswer["silence"];
}

function toSuggestion({ text, probability }: Continuation, { lead, range }: CaretQuery): PredictedSuggestion {
  return { text: lead + text, range, probability };
}
