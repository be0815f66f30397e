import { LmError } from "../base/errors.ts";
import { createRng } from "../base/rng.ts";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import type { Continuation } from "../decoding/continuation.ts";
import {
  type CompletionAnswer,
  type CompletionQuery,
  type CountJob,
  type CountTotals,
  EXPERT_NAMES,
  type Explanation,
  type ExpertName,
  type PredictedSuggestion,
  type PredictorModelInfo,
  type PredictorRequests,
} from "../protocol/predictorMessages.ts";
import { restoreVocabulary } from "../tokens/restoreVocabulary.ts";
import { automaticGate, DEFAULT_EAGERNESS, EXPLICIT_GATE, isPlaceOpen, isPlaceUnwanted } from "../suggestions/gate.ts";
import { SuggestionCache } from "../suggestions/suggestionCache.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import { type CaretQuery, normalizeLineEnds, readCaret } from "./caretQuery.ts";
import type { DocumentWindow } from "./contextTrail.ts";
import { CountKeeper, type CountKeeperOptions, type CountOptions } from "./counting/countKeeper.ts";
import type { StartedCounts } from "./counting/workspaceCounts.ts";
import { isSameVocabulary } from "./counting/workspaceScanner.ts";
import { describeModel, fingerprintOf, LoadedModel, type ModelRuntime, type ModelSources } from "./loadedModel.ts";
import { explainCaret } from "./explainCaret.ts";
import { readSurprise, type SurpriseRequest } from "./readSurprise.ts";
import { sampleText } from "./sampleText.ts";
import { SliceScheduler } from "./sliceScheduler.ts";
import { suggestContinuations } from "./suggestContinuations.ts";
import { readInTime } from "./readInTime.ts";
import { wholeAbove } from "./wholeAbove.ts";

export interface PredictorOptions extends ModelRuntime, Pick<CountKeeperOptions, "startThread" | "pathOf"> {
  /** Resolves once messages that have come in were delivered. */
  readonly pause: () => Promise<void>;
  /** The checkpoint in a directory; throws `LmError` where there is none to be had. */
  readonly openCheckpoint: (directory: string) => Promise<Checkpoint>;
}

/** Share of the budget after which no model step is begun: the answer has to travel, and the step under way to end. */
const BUDGET_SHARE = 0.85;

const EXPLICIT_COUNT = 4;

/** A new model that replaces another reads the document in use first, for at most this long, so that its first answers have context. */
const HANDOVER_MS = 2_000;

/**
 * Answers completion requests from counts of the workspace and from a checkpoint, as far as they are there, without TensorFlow. Every answer keeps to its budget: what there is no time to read now
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
  readonly #keeper: CountKeeper;
  #model: LoadedModel | undefined;
  #checkpoint: ModelSources["checkpoint"] = null;
  #experts: readonly ExpertName[] = EXPERT_NAMES;
  #lastRead: { readonly document: string; readonly window: DocumentWindow } | undefined;
  /** Loads and unloads, one after the other. */
  #lastChange: Promise<unknown> = Promise.resolve();

  public constructor(options: PredictorOptions) {
    this.#options = options;
    this.#scheduler = new SliceScheduler(options.clock, options.pause);
    this.#keeper = new CountKeeper({
      ...options,
      scheduler: this.#scheduler,
      // A model that came meanwhile has had all counted again over its vocabulary: then these are counts of the past.
      onDidBegin: (counts) => void this.#change(() => this.#switchTo(this.#keeper.started ?? counts)),
    });
  }

  /**
   * Answers from the checkpoint in `directory` from now on; requests under way finish with the model they began with. Where the
   * weights are those in use, what was read with them is kept. Where the vocabulary is another than that of the counts, all is
   * counted again first, and answers come from what was there until then.
   * @param experts null: all
   */
  public load(directory: string, experts: readonly ExpertName[] | null = null): Promise<PredictorModelInfo> {
    return this.#change(async () => {
      const checkpoint = await this.#options.openCheckpoint(directory);
      const info = describeModel(directory, checkpoint);
      const wanted = experts ?? EXPERT_NAMES;
      if (this.#isInUse(checkpoint, wanted)) {
        return info;
      }
      const counts = await this.#countsOver(restoreVocabulary(checkpoint.vocabulary));
      this.#checkpoint = { directory, checkpoint };
      this.#experts = wanted;
      await this.#switchTo(counts);
      return info;
    });
  }

  public unload(): Promise<null> {
    return this.#change(async () => {
      this.#checkpoint = null;
      this.#shown.clear();
      await this.#switchTo(this.#keeper.started ?? null);
      return null;
    });
  }

  /** Counts the files of a workspace, or what changed there. Throws `LmError` where it was cancelled or could not be done. */
  public async count(job: CountJob, options: CountOptions): Promise<CountTotals> {
    const totals = await this.#keeper.count(job, this.#checkpointVocabulary(), options);
    await this.#lastChange; // Once all is counted, answers come from it.
    return totals;
  }

  /** Takes in the text of an open document; the counts follow it. */
  public async update({ document, text }: PredictorRequests["update"]["params"]): Promise<null> {
    await this.#keeper.update(document, normalizeLineEnds(text));
    return null;
  }

  /** Ends the threads that were started. */
  public dispose(): void {
    this.#keeper.dispose();
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
    this.#placeCaret(query.document, query.position.line);
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
    this.#keeper.close(document);
    this.#model?.forget(document);
    this.#shown.forget(document);
    if (this.#lastRead?.document === document) {
      this.#lastRead = undefined;
    }
    return null;
  }

  /** What is expected at a place, from all the context that is worth reading; null where there is no model or the asking side cancels. */
  public async explain(
    { document, before, isFromStart, count }: PredictorRequests["explain"]["params"],
    signal: AbortSignal,
  ): Promise<Explanation | null> {
    const model = this.#model;
    if (model === undefined) {
      return null;
    }
    const window = { text: normalizeLineEnds(before), isFromStart };
    const isGone = (): boolean => signal.aborted;
    const whole = this.#whole(document, window);
    if (whole.isFromStart) {
      // What local counts hold is not to be in the workspace's as well.
      this.#placeCaret(document, whole.text.split("\n").length - 1);
    }
    await this.#scheduler.runBackground(model.local.follow(document, whole), isGone);
    return this.#scheduler.runForeground(explainCaret(model, { document, window, count, shouldStop: isGone }));
  }

  /** How surprising a text is, token by token, from what the network and the text itself say; read in the background. */
  public async surprise(request: SurpriseRequest, signal: AbortSignal): Promise<{ readonly isComplete: boolean }> {
    const work = readSurprise(this.#model, { ...request, text: normalizeLineEnds(request.text) });
    return { isComplete: work !== null && (await this.#scheduler.runBackground(work, () => signal.aborted)) };
  }

  /** The text that the model writes behind a prompt. Throws `LmError` where no model is loaded. */
  public async sample(
    { prompt, lengthTokens, temperature, seed }: PredictorRequests["sample"]["params"],
    onText: (text: string) => void,
    signal: AbortSignal,
  ): Promise<PredictorRequests["sample"]["result"]> {
    if (this.#model === undefined) {
      throw new LmError("checkpointMissing", "There is no model to sample from; train one first, or open a folder.");
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
    const gate = isExplicit ? EXPLICIT_GATE : automaticGate(query.eagerness ?? DEFAULT_EAGERNESS, query.acceptedShare);
    if (isPlaceUnwanted(caret.place, query)) {
      return { continuations: [], isNew: false, silence: "notWanted" };
    }
    if (!isPlaceOpen(caret.place, gate)) {
      return { continuations: [], isNew: false, silence: "unsure" };
    }
    const isMultiline = query.multiline === "whenSure";
    const found = this.#shown.find(query.document, caret.place);
    // Made before several lines were switched off.
    const known = isMultiline || found?.text.includes("\n") !== true ? found : undefined;
    if (known !== undefined && !isExplicit) {
      return { continuations: [known], isNew: false, silence: null };
    }
    const { clock } = this.#options;
    const deadlineMs = startedMs + BUDGET_SHARE * query.budgetMs;
    const shouldStop = (): boolean => clock.nowMs() >= deadlineMs || isGone();
    const reading = readInTime(model, { document: query.document, window, clock, deadlineMs, isGone });
    const count = isExplicit ? EXPLICIT_COUNT : 1;
    const calibrate = model.calibrateFor(query.document);
    return this.#scheduler.runForeground(
      (function* (): Generator<void, FindOutcome> {
        const state = yield* reading;
        if (state === undefined) {
          return { continuations: known === undefined ? [] : [known], isNew: false, silence: "warmingUp" };
        }
        const { continuations, silence } = yield* suggestContinuations(state, caret.place, {
          gate,
          calibrate,
          isMultiline,
          count,
          shouldStop,
        });
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
    // To its end also when a newer request has come: a line is told of once.
    const whole = this.#whole(document, window);
    await this.#scheduler.runBackground(model.observeTyped(document, window, whole), () => this.#model !== model);
    await this.#scheduler.runBackground(model.local.follow(document, whole), isGone);
    await this.#scheduler.runBackground(model.context(document).deepen(window, isGone), isGone);
    await this.#scheduler.runBackground(model.enter(document), isGone);
    if (!isGone()) {
      this.#reading.delete(document);
    }
  }

  /** Whether this is what answers come from already. */
  #isInUse(checkpoint: Checkpoint, experts: readonly ExpertName[]): boolean {
    const used = this.#checkpoint?.checkpoint;
    return (
      used !== undefined && fingerprintOf(used) === fingerprintOf(checkpoint) && experts.join() === this.#experts.join()
    );
  }

  #checkpointVocabulary(): Vocabulary | null {
    return this.#checkpoint === null ? null : restoreVocabulary(this.#checkpoint.checkpoint.vocabulary);
  }

  /** Counts over a vocabulary; null where nothing is to be counted or it cannot be done. */
  async #countsOver(vocabulary: Vocabulary): Promise<StartedCounts | null> {
    if (!this.#keeper.isWanted || this.#keeper.isOver(vocabulary)) {
      return this.#keeper.started ?? null;
    }
    try {
      return (await this.#keeper.recount(vocabulary)) ?? null;
    } catch (error) {
      if (error instanceof LmError) {
        // The network alone is better than no answer; the next request to count tells what is wrong.
        return null;
      }
      throw error;
    }
  }

  /** Answers from the checkpoint and these counts from now on; without the counts where their tokens are others than the checkpoint's. */
  async #switchTo(given: StartedCounts | null): Promise<void> {
    const checkpoint = this.#checkpoint;
    const vocabulary = this.#checkpointVocabulary();
    const counts =
      given !== null && vocabulary !== null && !isSameVocabulary(given.vocabulary, vocabulary) ? null : given;
    if (checkpoint === null && counts === null) {
      this.#model = undefined;
    } else {
      const model = new LoadedModel({ checkpoint, counts, experts: this.#experts }, this.#options, this.#model);
      if (this.#model !== undefined) {
        await this.#prepareHandover(model);
      }
      this.#model = model;
      this.#shown.keepShown();
    }
    this.#reading.clear();
  }

  async #prepareHandover(model: LoadedModel): Promise<void> {
    if (this.#lastRead === undefined) {
      return;
    }
    const { document, window } = this.#lastRead;
    const endMs = this.#options.clock.nowMs() + HANDOVER_MS;
    const isOver = (): boolean => this.#options.clock.nowMs() >= endMs;
    await this.#scheduler.runBackground(model.local.follow(document, this.#whole(document, window)), isOver);
    await this.#scheduler.runBackground(model.context(document).deepen(window, isOver), isOver);
  }

  #placeCaret(document: string, line: number): void {
    this.#keeper.placeCaret(document, { line, isLocal: this.#experts.includes("cache") });
  }

  #whole(document: string, window: DocumentWindow): DocumentWindow {
    return wholeAbove(window, this.#keeper.textOf(document));
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    const changed = this.#lastChange.then(change);
    this.#lastChange = changed.catch(() => undefined); // The caller hears of it; the next change starts afresh.
    return changed;
  }
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
