import type { Disposable } from "../../base/disposable.ts";
import { LmError } from "../../base/errors.ts";
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

const QUIET: CountOptions = { signal: new AbortController().signal, emit: () => undefined };

/** Keeps the workspace counted, over the vocabulary that is wanted, with the open documents as they stand. */
export class CountKeeper implements Disposable {
  readonly #options: CountKeeperOptions;
  #job: CountJob | undefined;
  #current: WorkspaceCounts | undefined;
  /** Text of the open documents. */
  readonly #texts = new Map<string, string>();
  /** Open documents that were looked for among the files and are not to be counted. */
  readonly #strangers = new Set<string>();
  readonly #updates = new Map<string, symbol>();
  #caret: { readonly document: string; readonly placement: CaretPlacement } | undefined;

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
   * Counts, or brings the counts up to date.
   * @param vocabulary of what is counted if nothing was before; null: learnt from the workspace
   */
  public async count(job: CountJob, vocabulary: Vocabulary | null, options: CountOptions): Promise<CountTotals> {
    if (this.#job !== undefined && !isSamePlace(this.#job, job)) {
      this.#drop(this.#current);
    }
    this.#job = job;
    this.#strangers.clear();
    this.#current ??= this.#create(vocabulary, this.#options.onDidBegin);
    return this.#scan(this.#current, options);
  }

  /** Whether what is counted, or being counted, is over this vocabulary. */
  public isOver(vocabulary: Vocabulary): boolean {
    const started = this.#current?.started;
    return started !== undefined && isSameVocabulary(started.vocabulary, vocabulary);
  }

  /** Counts everything again over another vocabulary; what was counted before goes on being kept until all is done. */
  public async recount(vocabulary: Vocabulary): Promise<StartedCounts | undefined> {
    const next = this.#create(vocabulary, () => undefined);
    try {
      await this.#scan(next, QUIET);
    } catch (error) {
      next.dispose();
      throw error;
    }
    await this.#takeOver(next);
    this.#drop(this.#current);
    this.#current = next;
    return next.started;
  }

  /** Brings new counts to where the open documents are, however they change meanwhile. */
  async #takeOver(next: WorkspaceCounts): Promise<void> {
    const taken = new Map<string, string>();
    for (;;) {
      const changed = [...this.#texts].find(([document, text]) => taken.get(document) !== text);
      if (changed === undefined) {
        break;
      }
      const [document, text] = changed;
      taken.set(document, text);
      await this.#options.scheduler.runBackground(next.update(document, text), () => false);
    }
    for (const document of taken.keys()) {
      if (!this.#texts.has(document)) {
        next.close(document);
      }
    }
    if (this.#caret !== undefined) {
      next.placeCaret(this.#caret.document, this.#caret.placement);
    }
  }

  /** Takes in the text of an open document, line ends normalised. */
  public async update(document: string, text: string): Promise<void> {
    const ticket = Symbol(document);
    this.#updates.set(document, ticket);
    this.#texts.set(document, text);
    const counts = this.#current;
    if (counts === undefined) {
      return;
    }
    await this.#options.scheduler.runBackground(
      counts.update(document, text),
      () => this.#updates.get(document) !== ticket,
    );
    if (counts.started !== undefined && !counts.isCounted(document) && this.#mayBelong(document)) {
      this.#strangers.add(document);
      await this.#scan(counts, QUIET);
    }
  }

  /** Leaves the line with the caret out of the counts, and what local counts have. */
  public placeCaret(document: string, placement: CaretPlacement): void {
    this.#caret = { document, placement };
    this.#current?.placeCaret(document, placement);
  }

  public close(document: string): void {
    this.#updates.delete(document);
    this.#texts.delete(document);
    this.#strangers.delete(document);
    this.#current?.close(document);
  }

  public dispose(): void {
    this.#drop(this.#current);
  }

  /** Whether a document might be found among the files if they were listed again. */
  #mayBelong(document: string): boolean {
    const path = this.#options.pathOf(document);
    const folders = this.#job?.folders ?? [];
    return (
      typeof path === "string" &&
      !this.#strangers.has(document) &&
      folders.some((folder) => isInside(path, folder.path))
    );
  }

  #create(vocabulary: Vocabulary | null, onDidBegin: CountKeeperOptions["onDidBegin"]): WorkspaceCounts {
    const { startThread, pathOf } = this.#options;
    const counts: WorkspaceCounts = new WorkspaceCounts({
      thread: startThread(),
      vocabulary,
      pathOf,
      onDidBegin: (started) => {
        onDidBegin(started);
        for (const [document, text] of this.#texts) {
          void this.#options.scheduler.runBackground(
            counts.update(document, text),
            () => this.#texts.get(document) !== text,
          );
        }
      },
    });
    return counts;
  }

  async #scan(counts: WorkspaceCounts, options: CountOptions): Promise<CountTotals> {
    const { folders = [], corpus, storage = null, first = [] } = this.#job ?? {};
    if (corpus === undefined) {
      throw new LmError("noDocuments", "No folder was named whose files are to be counted.");
    }
    const unsaved = [...this.#texts].flatMap(([document, text]) => {
      const path = counts.isCounted(document) ? null : this.#options.pathOf(document);
      return typeof path === "string" ? [{ path, text }] : [];
    });
    try {
      return await counts.scan({ folders, corpus, storage, first, unsaved }, options);
    } catch (error) {
      if (error instanceof LmError && error.code === "engineDied") {
        this.#drop(counts);
      }
      throw error;
    }
  }

  #drop(counts: WorkspaceCounts | undefined): void {
    counts?.dispose();
    if (this.#current === counts) {
      this.#current = undefined;
    }
  }
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
