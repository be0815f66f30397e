import type { Disposable } from "../../base/disposable.ts";
import { LmError } from "../../base/errors.ts";
import { utf8Length } from "../../base/utf8.ts";
import type { CountEvent, CountJob, CountTotals } from "../../protocol/predictorMessages.ts";
import type { Vocabulary } from "../../tokens/vocabulary.ts";
import type { SliceScheduler } from "../sliceScheduler.ts";
import type { CaretPlacement } from "./liveDocuments.ts";
import { type CounterThread, type StartedCounts, WorkspaceCounts } from "./workspaceCounts.ts";
import { isSameVocabulary } from "./workspaceScanner.ts";

export interface CountKeeperOptions {
  readonly startThread: () => CounterThread;
  /** The absolute path of a document's file; null where it has none yet, undefined where it cannot be on this machine. */
  readonly pathOf: (document: string) => string | null | undefined;
  readonly scheduler: SliceScheduler;
  /** Called when counts are there to be asked that were not there before. */
  readonly onDidBegin: (counts: StartedCounts) => void;
}

export interface CountOptions {
  readonly signal: AbortSignal;
  readonly emit: (event: CountEvent) => void;
}

/** UTF-8 bytes of one UTF-16 unit at most. */
const MAX_UNIT_BYTES = 3;

const QUIET: CountOptions = { signal: new AbortController().signal, emit: () => undefined };

/** Keeps the workspace counted, over the vocabulary that is wanted, with the open documents as they stand. */
export class CountKeeper implements Disposable {
  readonly #options: CountKeeperOptions;
  #job: CountJob | undefined;
  /** How often there was a reason to look at the files. */
  #lookCount = 0;
  #current: WorkspaceCounts | undefined;
  /** Over another vocabulary, and about to take the place of `#current`. */
  #next: WorkspaceCounts | undefined;
  #lastRecount: Promise<unknown> = Promise.resolve();
  /** Text of the open documents. */
  readonly #texts = new Map<string, string>();
  /** Open documents that were looked for among the files since somebody asked to count. */
  readonly #sought = new Set<string>();
  readonly #updates = new Map<string, symbol>();
  /** Documents being told without anybody waiting. */
  readonly #telling = new Set<Promise<unknown>>();
  #caret: { readonly document: string; readonly placement: CaretPlacement } | undefined;
  #isDisposed = false;

  public constructor(options: CountKeeperOptions) {
    this.#options = options;
  }

  /** Whether anything was asked to be counted. */
  public get isWanted(): boolean {
    return this.#job !== undefined;
  }

  public get started(): StartedCounts | undefined {
    return this.#current?.started;
  }

  /**
   * Counts, or brings the counts up to date. Where others take their place meanwhile, those are; where another place is asked for
   * meanwhile, that is counted.
   * @param vocabulary of what is counted if nothing was before; null: learnt from the workspace
   */
  public async count(job: CountJob, vocabulary: Vocabulary | null, options: CountOptions): Promise<CountTotals> {
    if (this.#job !== undefined && !isSamePlace(this.#job, job)) {
      this.#drop(this.#current);
      this.#next?.dispose(); // `recount` begins anew.
    }
    this.#job = job;
    this.#lookCount++;
    this.#sought.clear();
    for (;;) {
      this.#current ??= this.#create(vocabulary, this.#options.onDidBegin);
      const totals = await this.#scan(this.#current, options);
      if (totals !== undefined) {
        return totals;
      }
    }
  }

  /** Whether what is counted, or being counted, is over this vocabulary. */
  public isOver(vocabulary: Vocabulary): boolean {
    const started = this.#current?.started;
    return started !== undefined && isSameVocabulary(started.vocabulary, vocabulary);
  }

  /** Counts everything again over another vocabulary; what was counted before goes on being kept until all is done. */
  public recount(vocabulary: Vocabulary): Promise<StartedCounts | undefined> {
    const recounted = this.#lastRecount.then(() => this.#recount(vocabulary));
    this.#lastRecount = recounted.catch(() => undefined); // The caller hears of it; the next one starts afresh.
    return recounted;
  }

  /** The text of an open document, as it was last told. */
  public textOf(document: string): string | undefined {
    return this.#texts.get(document);
  }

  /** Takes in the text of an open document, line ends normalised. */
  public async update(document: string, text: string): Promise<void> {
    const ticket = Symbol(document);
    this.#updates.set(document, ticket);
    this.#texts.set(document, text);
    const isGone = (): boolean => this.#updates.get(document) !== ticket;
    await Promise.all(this.#all().map((counts) => this.#tell(counts, { document, text, isGone })));
    const counts = this.#current;
    if (
      counts?.started !== undefined &&
      !counts.isCounted(document) &&
      this.#mayBelong(document, text) &&
      !this.#sought.has(document)
    ) {
      this.#sought.add(document);
      this.#lookCount++;
      await this.#scan(counts, QUIET);
    }
  }

  /** Leaves the line with the caret out of the counts, and what local counts have. */
  public placeCaret(document: string, placement: CaretPlacement): void {
    this.#caret = { document, placement };
    for (const counts of this.#all()) {
      counts.placeCaret(document, placement);
    }
  }

  public close(document: string): void {
    this.#updates.delete(document);
    this.#texts.delete(document);
    this.#sought.delete(document);
    if (this.#caret?.document === document) {
      this.#caret = undefined;
    }
    for (const counts of this.#all()) {
      counts.close(document);
    }
  }

  public dispose(): void {
    this.#isDisposed = true;
    this.#drop(this.#current);
    this.#next?.dispose();
  }

  /** Counts that have to follow the open documents. */
  #all(): readonly WorkspaceCounts[] {
    return [this.#current, this.#next].filter((counts) => counts !== undefined);
  }

  async #recount(vocabulary: Vocabulary): Promise<StartedCounts | undefined> {
    for (;;) {
      const next = this.#create(vocabulary, () => undefined);
      this.#next = next;
      try {
        if (await this.#replaceBy(next)) {
          return next.started;
        }
      } catch (error) {
        next.dispose();
        throw error;
      } finally {
        this.#next = undefined;
      }
    }
  }

  /** Counts, and again where there is reason to look again meanwhile; returns false where that was given up since other folders are to be counted. */
  async #replaceBy(next: WorkspaceCounts): Promise<boolean> {
    for (;;) {
      const lookCount = this.#lookCount;
      if ((await this.#scan(next, QUIET)) === undefined) {
        return false;
      }
      if (lookCount === this.#lookCount) {
        this.#drop(this.#current);
        this.#current = next;
        return true;
      }
    }
  }

  /** Whether a document might be found among the files if they were listed again. */
  #mayBelong(document: string, text: string): boolean {
    const path = this.#options.pathOf(document);
    const folders = this.#job?.folders ?? [];
    return (
      typeof path === "string" &&
      text.trim() !== "" &&
      !this.#isTooLarge(text) &&
      folders.some((folder) => isInside(path, folder.path))
    );
  }

  #isTooLarge(text: string): boolean {
    const maxBytes = this.#job?.corpus.maxFileBytes ?? Infinity;
    return text.length > maxBytes || (text.length * MAX_UNIT_BYTES > maxBytes && utf8Length(text) > maxBytes);
  }

  #create(vocabulary: Vocabulary | null, onDidBegin: CountKeeperOptions["onDidBegin"]): WorkspaceCounts {
    const { startThread, pathOf } = this.#options;
    const counts: WorkspaceCounts = new WorkspaceCounts({
      thread: startThread(),
      vocabulary,
      pathOf,
      onDidBegin: (started) => {
        onDidBegin(started);
        if (this.#caret !== undefined) {
          counts.placeCaret(this.#caret.document, this.#caret.placement);
        }
        for (const document of this.#texts.keys()) {
          this.#tellAgain(counts, document);
        }
      },
      onDidMiss: (document) => this.#tellAgain(counts, document),
    });
    return counts;
  }

  #tellAgain(counts: WorkspaceCounts, document: string): void {
    const text = this.#texts.get(document);
    if (text !== undefined) {
      const isGone = (): boolean => this.#texts.get(document) !== text;
      const told = this.#tell(counts, { document, text, isGone }).finally(() => this.#telling.delete(told));
      this.#telling.add(told);
    }
  }

  /** A document that is larger than any file that is counted is left as its file is. */
  async #tell(counts: WorkspaceCounts, { document, text, isGone }: ToldDocument): Promise<void> {
    if (this.#isTooLarge(text)) {
      counts.close(document);
    } else {
      const work = counts.update(document, text);
      await this.#options.scheduler.runBackground(work, () => isGone() || counts.isDisposed);
    }
  }

  /** Returns undefined where the counts were given up meanwhile, for others. */
  async #scan(counts: WorkspaceCounts, options: CountOptions): Promise<CountTotals | undefined> {
    const passed = new Set<string>();
    for (;;) {
      const hadFile = new Set([...this.#texts.keys()].filter((document) => counts.hasFile(document)));
      try {
        const totals = await this.#look(counts, { passed, options });
        await Promise.all(this.#telling);
        const isLost = [...this.#texts].some(
          ([document, text]) =>
            hadFile.has(document) &&
            !passed.has(document) &&
            !counts.isCounted(document) &&
            this.#mayBelong(document, text),
        );
        if (this.#isGivenUp(counts)) {
          return undefined;
        }
        if (!isLost) {
          return totals;
        }
      } catch (error) {
        if (this.#isGivenUp(counts)) {
          return undefined;
        }
        if (error instanceof LmError && error.code === "engineDied") {
          this.#drop(counts);
        }
        throw error;
      }
    }
  }

  /** @param passed gets the documents whose text was passed since there is none in a file */
  #look(
    counts: WorkspaceCounts,
    { passed, options }: { readonly passed: Set<string>; readonly options: CountOptions },
  ): Promise<CountTotals> {
    const { folders = [], corpus, storage = null, first = [] } = this.#job ?? {};
    if (corpus === undefined) {
      throw new LmError("noDocuments", "No folder was named whose files are to be counted.");
    }
    const unsaved = [...this.#texts].flatMap(([document, text]) => {
      const path = this.#options.pathOf(document);
      if (counts.hasFile(document) || typeof path !== "string" || !this.#mayBelong(document, text)) {
        return [];
      }
      passed.add(document);
      return [{ path, text }];
    });
    return counts.scan({ folders, corpus, storage, first, unsaved }, options);
  }

  #isGivenUp(counts: WorkspaceCounts): boolean {
    return counts.isDisposed && !this.#isDisposed;
  }

  #drop(counts: WorkspaceCounts | undefined): void {
    counts?.dispose();
    if (this.#current === counts) {
      this.#current = undefined;
    }
  }
}

interface ToldDocument {
  readonly document: string;
  readonly text: string;
  readonly isGone: () => boolean;
}

/** @param path of a file, absolute, as `folder` is; both kinds of separators are known, for either may be a URI's */
function isInside(path: string, folder: string): boolean {
  const base = folder.replace(/[\\/]+$/, "");
  return path.startsWith(base) && /^[\\/]/.test(path.slice(base.length));
}

function isSamePlace(left: CountJob, right: CountJob): boolean {
  const place = ({ folders, corpus, storage }: CountJob): string => JSON.stringify([folders, corpus, storage]);
  return place(left) === place(right);
}
