import type { Disposable } from "../../base/disposable.ts";
import { LmError } from "../../base/errors.ts";
import { CountIndex } from "../../models/counting/countIndex.ts";
import { CountSegment } from "../../models/counting/countSegment.ts";
import type { NearFile } from "../../models/counting/nearestFiles.ts";
import type { Passage } from "../../models/counting/passage.ts";
import type { CountEvent, CountTotals } from "../../protocol/predictorMessages.ts";
import type { RequestClient } from "../../protocol/requestChannel.ts";
import { restoreVocabulary } from "../../tokens/restoreVocabulary.ts";
import type { Vocabulary } from "../../tokens/vocabulary.ts";
import {
  type CounterEvent,
  type CounterRequests,
  type IndexChange,
  NO_SEGMENT,
  type ScanJob,
  type SegmentNews,
} from "./counterMessages.ts";
import { type CaretPlacement, LiveDocuments } from "./liveDocuments.ts";

/** The thread that reads, cuts and sorts. */
export interface CounterThread extends RequestClient<CounterRequests>, Disposable {}

export interface WorkspaceCountsOptions {
  /** Owned. */
  readonly thread: CounterThread;
  /** Null: learnt from the workspace, or what an earlier session learnt. */
  readonly vocabulary: Vocabulary | null;
  /** The absolute path of a document's file; null where it has none yet, undefined where it is none of ours. */
  readonly pathOf: (document: string) => string | null | undefined;
  /** Called once there is a vocabulary: from now on the counts can be asked. */
  readonly onDidBegin: (counts: StartedCounts) => void;
  /** Called when an open document is to be counted from now on whose text came before that: it is to be told again. */
  readonly onDidMiss: (document: string) => void;
}

export interface ScanOptions {
  readonly signal: AbortSignal;
  readonly emit: (event: CountEvent) => void;
}

/** Counts that can be asked, though not all may be counted yet. */
export interface StartedCounts {
  readonly index: CountIndex;
  readonly vocabulary: Vocabulary;
  readonly files: CountedFiles;
}

/** The files that are counted, as they lie on the disk. */
export interface CountedFiles {
  /** Changes whenever one of them does. */
  readonly version: number;
  /** The path of a document's file among them; null where it is none of ours, or has none. */
  pathOf(document: string): string | null;
  /** Whether a document is counted, or would be once it has a file; false for what the corpus leaves out. */
  isCounted(document: string): boolean;
  /** May be gone through a little at a time, also while they change. */
  all(): Iterable<NearFile>;
}

interface FilePlace {
  readonly segment: number;
  readonly first: number;
  readonly count: number;
  readonly modifiedEpochMs: number;
}

/** The counts of a workspace over one vocabulary: its files, counted in a thread of their own, and the open documents as they stand. */
export class WorkspaceCounts implements Disposable {
  readonly #options: WorkspaceCountsOptions;
  readonly #files = new Map<string, FilePlace>();
  readonly #segments = new Map<number, CountSegment>();
  /** Documents that are open, by the path of their file. */
  readonly #open = new Map<string, string>();
  /** Looks at the workspace, one after the other. */
  #lastScan: Promise<unknown> = Promise.resolve();
  #started: (StartedCounts & { readonly live: LiveDocuments }) | undefined;
  #joining: Promise<void> | undefined;
  #isDisposed = false;
  #filesVersion = 0;

  public constructor(options: WorkspaceCountsOptions) {
    this.#options = options;
  }

  /** Undefined before there is a vocabulary. */
  public get started(): StartedCounts | undefined {
    return this.#started;
  }

  /** Whether these counts were given up. */
  public get isDisposed(): boolean {
    return this.#isDisposed;
  }

  /** Brings the counts of the files up to date; throws `LmError` where it was cancelled or the thread died. */
  public scan(job: Omit<ScanJob, "vocabulary">, options: ScanOptions): Promise<CountTotals> {
    const scanned = this.#lastScan.then(() => this.#scan(job, options));
    this.#lastScan = scanned.catch(() => undefined); // The caller hears of it; the next one starts afresh.
    return scanned;
  }

  /** Whether a document's file is counted, or would be: it has none. */
  public isCounted(document: string): boolean {
    const path = this.#options.pathOf(document);
    return path === null || (path !== undefined && this.#files.has(path));
  }

  /** Whether text on the disk is counted of a document, or would be: it has no file. */
  public hasFile(document: string): boolean {
    const path = this.#options.pathOf(document);
    return path === null || (path !== undefined && (this.#files.get(path)?.segment ?? NO_SEGMENT) !== NO_SEGMENT);
  }

  /** Takes in the text of an open document; yields between small pieces of work. */
  public *update(document: string, text: string): Generator<void, void> {
    const path = this.#options.pathOf(document);
    if (this.#started === undefined || path === undefined) {
      return;
    }
    if (path !== null) {
      this.#open.set(path, document);
    }
    yield* this.#started.live.update(document, text);
  }

  public placeCaret(document: string, caret: CaretPlacement): void {
    this.#started?.live.placeCaret(document, caret);
  }

  public close(document: string): void {
    const path = this.#options.pathOf(document);
    if (typeof path === "string") {
      this.#open.delete(path);
    }
    this.#started?.live.close(document);
  }

  public dispose(): void {
    this.#isDisposed = true;
    this.#options.thread.dispose();
  }

  async #scan(job: Omit<ScanJob, "vocabulary">, { signal, emit }: ScanOptions): Promise<CountTotals> {
    const vocabulary = this.#options.vocabulary?.serialize() ?? null;
    const totals = await this.#options.thread.request(
      "scan",
      { ...job, vocabulary },
      {
        signal,
        onEvent: (event) => {
          this.#receive(event, emit);
        },
      },
    );
    if (signal.aborted) {
      throw new LmError("cancelled", "Counting was cancelled; what was counted stays.");
    }
    if (this.#joining === undefined) {
      this.#joining = this.#join(emit).finally(() => {
        this.#joining = undefined;
      });
    }
    return totals;
  }

  /** Makes questions quicker while nothing else is to be done. That the thread died is for those to say who wait for it. */
  async #join(emit: ScanOptions["emit"]): Promise<void> {
    try {
      await this.#options.thread.request(
        "join",
        {},
        {
          onEvent: (event) => {
            this.#receive(event, emit);
          },
        },
      );
    } catch (error) {
      if (!(error instanceof LmError)) {
        throw error;
      }
    }
  }

  #receive(event: CounterEvent, emit: (event: CountEvent) => void): void {
    switch (event.type) {
      case "vocabulary":
        this.#begin(restoreVocabulary(event.vocabulary));
        break;
      case "change":
        this.#change(event.change);
        break;
      case "progress":
      case "log":
        emit(event);
        break;
    }
  }

  #begin(learnt: Vocabulary): void {
    const vocabulary = this.#options.vocabulary ?? learnt;
    const { size: vocabularySize, startId, endId: breakId } = vocabulary;
    const index = new CountIndex({ vocabularySize, startId, breakId });
    const live = new LiveDocuments({ index, vocabulary, basis: (document) => this.#basis(document) });
    this.#started = { index, vocabulary, live, files: this.#countedFiles() };
    this.#options.onDidBegin(this.#started);
  }

  #change({ learnt, forgotten, placed, gone }: IndexChange): void {
    this.#filesVersion++;
    this.#started?.index.exchange({ learnt: this.#exchange(learnt), forgotten: this.#exchange(forgotten) });
    for (const path of gone) {
      this.#files.delete(path);
    }
    for (const [index, path] of placed.paths.entries()) {
      const [segment = 0, first = 0, count = 0, modifiedEpochMs = 0] = placed.numbers.subarray(
        index * 4,
        index * 4 + 4,
      );
      this.#files.set(path, { segment, first, count, modifiedEpochMs });
    }
    for (const path of [...gone, ...placed.paths]) {
      const document = this.#open.get(path);
      if (document !== undefined && this.#started?.live.apply(document) === true) {
        this.#options.onDidMiss(document);
      }
    }
  }

  #exchange({ added, removed }: SegmentNews): { readonly added: CountSegment[]; readonly removed: CountSegment[] } {
    const startId = this.#started?.vocabulary.startId ?? 0;
    const segments = added.map(({ id, parts }) => {
      const segment = new CountSegment(parts, startId);
      this.#segments.set(id, segment);
      return segment;
    });
    const old = removed.flatMap((id) => this.#segments.get(id) ?? []);
    for (const id of removed) {
      this.#segments.delete(id);
    }
    return { added: segments, removed: old };
  }

  #basis(document: string): readonly Passage[] | undefined {
    const path = this.#options.pathOf(document);
    if (path === null) {
      return [];
    }
    const place = path === undefined ? undefined : this.#files.get(path);
    if (place?.segment === NO_SEGMENT) {
      return [];
    }
    const segment = place === undefined ? undefined : this.#segments.get(place.segment);
    return place === undefined || segment === undefined ? undefined : passagesAt(segment, place);
  }

  #countedFiles(): CountedFiles {
    const version = (): number => this.#filesVersion;
    return {
      get version() {
        return version();
      },
      pathOf: (document) => this.#options.pathOf(document) ?? null,
      isCounted: (document) => this.isCounted(document),
      all: () => this.#nearFiles(),
    };
  }

  *#nearFiles(): Generator<NearFile, void> {
    for (const [path, place] of this.#files) {
      const segment = this.#segments.get(place.segment);
      if (segment !== undefined) {
        const tokenCount = segment.spanOf(place.first, place.count);
        yield { path, tokenCount, newness: place.modifiedEpochMs, passages: () => passagesAt(segment, place) };
      }
    }
  }
}

function passagesAt(segment: CountSegment, { first, count }: FilePlace): readonly Passage[] {
  return Array.from({ length: count }, (_, index) => segment.passage(first + index));
}
