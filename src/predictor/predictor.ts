import { LmError } from "../base/errors.ts";
import { createRng } from "../base/rng.ts";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import type { Continuation } from "../decoding/continuation.ts";
import { sampleText } from "../decoding/sampleText.ts";
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
import type { Vocabulary } from "../tokens/vocabulary.ts";
import { type CaretQuery, normalizeLineEnds, readCaret } from "./caretQuery.ts";
import type { DocumentWindow } from "./contextTrail.ts";
import { CountKeeper, type CountKeeperOptions, type CountOptions } from "./counting/countKeeper.ts";
import type { StartedCounts } from "./counting/workspaceCounts.ts";
import { isSameVocabulary } from "./counting/workspaceScanner.ts";
import { describeModel, fingerprintOf, LoadedModel, type ModelRuntime, type ModelSources } from "./loadedModel.ts";
import { explainCaret } from "./explainCaret.ts";
import { readSurprise, type SurpriseRequest } from "./readSurprise.ts";
import { SliceScheduler } from "./sliceScheduler.ts";
import { type SearchRequest, SuggestionSearch } from "./suggestionSearch.ts";
import { wholeAbove } from "./wholeAbove.ts";

export interface PredictorOptions extends ModelRuntime, Pick<CountKeeperOptions, "startThread" | "pathOf"> {
  /** Resolves once messages that have come in were delivered. */
  readonly pause: () => Promise<void>;
  /** The checkpoint in a directory; throws `LmError` where there is none to be had. */
  readonly openCheckpoint: (directory: string) => Promise<Checkpoint>;
}

/** A new model that replaces another reads the document in use first, for at most this long, so that its first answers have context. */
const HANDOVER_MS = 2_000;

/**
 * Answers completion requests from counts of the workspace and from a checkpoint, as far as they are there, without TensorFlow. Every answer keeps to its budget: what there is no time to read now
 * is read in the background, and until then answers come from less context.
 */
export class Predictor {
  readonly #options: PredictorOptions;
  readonly #scheduler: SliceScheduler;
  readonly #search: SuggestionSearch;
  /** The newest request for each document; an older one ends as soon as it notices. */
  readonly #newest = new Map<string, symbol>();
  /** What the background reads in each document. */
  readonly #reading = new Map<string, symbol>();
  readonly #keeper: CountKeeper;
  #model: LoadedModel | undefined;
  #checkpoint: ModelSources["checkpoint"] = null;
  #experts: readonly ExpertName[] = EXPERT_NAMES;
  /** The last request that was answered with something, until the next comes. */
  #lastAnswered: symbol | undefined;
  #lastRead: { readonly document: string; readonly window: DocumentWindow } | undefined;
  /** Loads and unloads, one after the other. */
  #lastChange: Promise<unknown> = Promise.resolve();

  public constructor(options: PredictorOptions) {
    this.#options = options;
    this.#scheduler = new SliceScheduler(options.clock, options.pause);
    this.#search = new SuggestionSearch(options.clock, this.#scheduler);
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
      this.#search.clear();
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
    this.#lastAnswered = undefined;
    this.#placeCaret(query.document, query.position.line);
    const model = this.#model;
    const caret = readCaret(query);
    if (model === undefined || typeof caret === "string") {
      return answer([], typeof caret === "string" ? caret : "noModel");
    }
    const isGone = (): boolean => signal.aborted || this.#newest.get(query.document) !== ticket;
    const { place } = caret;
    const window = { text: place.before, isFromStart: query.isFromStart };
    const request = { query, place, window, isGone, startedMs };
    let best: Continuation | undefined;
    try {
      const { suggestions, silence } = await this.#search.find(model, request);
      if (isGone()) {
        return answer([], "cancelled");
      }
      best = suggestions[0]?.continuation;
      return answer(
        suggestions.map(({ continuation }) => toSuggestion(continuation, caret)),
        silence,
      );
    } finally {
      if (this.#newest.get(query.document) === ticket) {
        this.#newest.delete(query.document);
        if (this.#model === model) {
          void this.#goAhead(model, request, best);
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
    this.#search.forget(document);
    if (this.#lastRead?.document === document) {
      this.#lastRead = undefined;
    }
    return null;
  }

  /** What is expected at a place, from all the context that is worth reading; null where there is no model or the asking side cancels. */
  public async explain(
    { document, before, isFromStart, after, count }: PredictorRequests["explain"]["params"],
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
    const asked = { document, window, after: after === undefined ? null : normalizeLineEnds(after), count };
    return this.#scheduler.runForeground(explainCaret(model, { ...asked, shouldStop: isGone }));
  }

  /** How surprising a text is, token by token, from what the network and the text itself say; read in the background. */
  public async surprise(request: SurpriseRequest, signal: AbortSignal): Promise<{ readonly isComplete: boolean }> {
    const work = readSurprise(this.#model, { ...request, text: normalizeLineEnds(request.text) });
    return { isComplete: work !== null && (await this.#scheduler.runBackground(work, () => signal.aborted)) };
  }

  /** The text that the model writes behind a prompt. Throws `LmError` where no model is loaded. */
  public async sample(
    {
      prompt,
      lengthTokens,
      temperature,
      topK = Infinity,
      topP = 1,
      seed,
      beamWidth,
    }: PredictorRequests["sample"]["params"],
    onText: (text: string) => void,
    signal: AbortSignal,
  ): Promise<PredictorRequests["sample"]["result"]> {
    if (this.#model === undefined) {
      throw new LmError("checkpointMissing", "There is no model to sample from; train one first, or open a folder.");
    }
    let text = "";
    const work = sampleText(this.#model.reading, {
      prompt: normalizeLineEnds(prompt),
      lengthTokens,
      sampler: { temperature, topK, topP, rng: createRng(seed) },
      beamWidth: beamWidth ?? null,
      onText: (part) => {
        text += part;
        onText(part);
      },
      shouldStop: () => signal.aborted,
    });
    await this.#scheduler.runBackground(work, () => signal.aborted);
    return { text };
  }

  /** Reads ahead, and searches where accepting `best` leads, until the next request. */
  async #goAhead(model: LoadedModel, request: SearchRequest, best: Continuation | undefined): Promise<void> {
    const { document } = request.query;
    const ticket = Symbol(document);
    this.#lastAnswered = ticket;
    await this.#readAhead(document, request.window);
    const isGone = (): boolean =>
      this.#lastAnswered !== ticket || this.#model !== model || this.#lastRead?.document !== document;
    if (best !== undefined && !isGone()) {
      await this.#search.foresee(model, { ...request, isGone }, best);
    }
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
      this.#search.keepShown();
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

function toSuggestion({ text, probability }: Continuation, { lead, range }: CaretQuery): PredictedSuggestion {
  return { text: lead + text, range, probability };
}
