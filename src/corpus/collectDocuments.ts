import { compareText } from "../base/compareText.ts";
import type { FileReader } from "../base/ports.ts";
import { hashWord } from "./contentHash.ts";
import type {
  CorpusDocument,
  CorpusReport,
  CorpusSettings,
  ExclusionReason,
  UnsavedDocument,
  WorkspaceFolder,
} from "./corpus.ts";
import { type Candidate, listCandidates } from "./listCandidates.ts";
import { mapBounded } from "./mapBounded.ts";
import { groupNearDuplicates, sketchText, type TextSketch } from "./nearDuplicates.ts";
import { createPlatformPaths } from "./platformPaths.ts";
import { examineCandidate, type ReadableCandidate, readDocument } from "./readDocument.ts";

export interface CollectCorpusOptions {
  readonly folders: readonly WorkspaceFolder[];
  readonly unsaved: readonly UnsavedDocument[];
  readonly settings: CorpusSettings;
  readonly reader: FileReader;
  readonly signal: AbortSignal;
  /** Called often; whoever shows it decides how often that is done. */
  readonly onProgress?: (progress: CorpusProgress) => void;
  /** Path of the user's own ignore file for all repositories (`core.excludesFile`), absolute. */
  readonly globalIgnoreFile?: string | undefined;
  /** False where `A.txt` and `a.txt` are one file; true if not given. */
  readonly isCaseSensitive?: boolean;
}

export type CorpusProgress =
  | { readonly phase: "listing"; readonly fileCount: number }
  | { readonly phase: "reading"; readonly fileCount: number; readonly totalCount: number };

export type DocumentsResult =
  | {
      readonly kind: "documents";
      /** In order of path. */
      readonly documents: readonly CorpusDocument[];
      /** For each document the index of the first one that is an exact or near duplicate of it, or its own. */
      readonly groups: readonly number[];
      readonly report: CorpusReport;
    }
  | { readonly kind: "cancelled" };

/**
 * The documents of all folders, without what ignore rules, settings and good sense leave out. They depend on paths and
 * contents only: neither the order of listings nor the time of reading shows.
 *
 * Memory holds all texts (at most `maxCorpusBytes` of them) and one hash for each of their lines. Files that vanish or
 * cannot be read are counted and passed over.
 */
export async function collectDocuments(options: CollectCorpusOptions): Promise<DocumentsResult> {
  const collection = new Collection(options);
  const candidates = await collection.list();
  const readable = await collection.examine(candidates);
  const taken = await collection.read(readable);
  if (options.signal.aborted) {
    return { kind: "cancelled" };
  }
  const documents = taken.map((item) => item.document);
  const groups = groupNearDuplicates(taken.map((item) => item.sketch));
  return { kind: "documents", documents, groups, report: collection.report(documents, countDuplicates(groups)) };
}

/** Reads at a time: enough to keep a disk or a network share busy, few enough to be cancelled at once. */
export const READ_CONCURRENCY = 16;

/** Files that are read before the size cap is looked at again; texts in excess of it are dropped. */
const READ_BLOCK_COUNT = 64;

interface Taken {
  readonly document: CorpusDocument;
  readonly sketch: TextSketch;
  readonly redactedCount: number;
}

/** One run over the workspace, with its counts. */
class Collection {
  readonly #options: CollectCorpusOptions;
  readonly #excludedCounts: Record<ExclusionReason, number> = {
    ignored: 0,
    binary: 0,
    tooLarge: 0,
    generated: 0,
    secretFile: 0,
    secretContent: 0,
    empty: 0,
    unreadable: 0,
    corpusFull: 0,
  };
  #redactedCount = 0;

  public constructor(options: CollectCorpusOptions) {
    this.#options = options;
  }

  public list(): Promise<readonly Candidate[]> {
    const { onProgress, isCaseSensitive = true, globalIgnoreFile, reader } = this.#options;
    return listCandidates({
      ...this.#options,
      paths: createPlatformPaths(reader, { isCaseSensitive }),
      isCaseSensitive,
      globalIgnoreFile,
      onDidList: (fileCount) => onProgress?.({ phase: "listing", fileCount }),
      onDidExclude: (reason) => {
        this.#excludedCounts[reason]++;
      },
    });
  }

  public async examine(candidates: readonly Candidate[]): Promise<readonly ReadableCandidate[]> {
    const { reader, settings, signal } = this.#options;
    const examined = await mapBounded(candidates, READ_CONCURRENCY, async (candidate) =>
      signal.aborted ? undefined : examineCandidate(candidate, reader, settings),
    );
    const readable: ReadableCandidate[] = [];
    for (const item of examined) {
      if (item?.kind === "readable") {
        readable.push(item.candidate);
      } else if (item !== undefined) {
        this.#excludedCounts[item.reason]++;
      }
    }
    return readable;
  }

  /** The documents in order of path. Where not all have room, the hashes of their paths decide, for a fair sample. */
  public async read(candidates: readonly ReadableCandidate[]): Promise<readonly Taken[]> {
    const { settings, onProgress, signal } = this.#options;
    const byPath = [...candidates].sort((a, b) => compareText(a.documentPath, b.documentPath));
    const totalBytes = byPath.reduce((bytes, candidate) => bytes + candidate.sizeBytes, 0);
    const queue =
      totalBytes > settings.maxCorpusBytes
        ? byPath.sort((a, b) => hashWord(a.documentPath) - hashWord(b.documentPath))
        : byPath;
    // A text that is not on the disk yet is no older than what is.
    const newestEpochMs = queue.reduce((newest, candidate) => Math.max(newest, candidate.modifiedEpochMs ?? 0), 0);
    const taken: Taken[] = [];
    let takenBytes = 0;
    for (let done = 0; done < queue.length && !signal.aborted; done += READ_BLOCK_COUNT) {
      const block = queue.slice(done, done + READ_BLOCK_COUNT);
      for (const item of await this.#readBlock(block, newestEpochMs)) {
        if (takenBytes + item.document.textBytes > settings.maxCorpusBytes) {
          // A smaller one further on would fit, but which ones do would then hang on every size before it.
          this.#excludedCounts.corpusFull++;
          takenBytes = Infinity;
        } else {
          taken.push(item);
          takenBytes += item.document.textBytes;
          this.#redactedCount += item.redactedCount;
        }
      }
      if (takenBytes === Infinity) {
        this.#excludedCounts.corpusFull += queue.length - Math.min(queue.length, done + READ_BLOCK_COUNT);
        break;
      }
      onProgress?.({ phase: "reading", fileCount: done + block.length, totalCount: queue.length });
    }
    return taken.sort((a, b) => compareText(a.document.path, b.document.path));
  }

  public report(documents: readonly CorpusDocument[], duplicateCount: number): CorpusReport {
    return {
      takenCount: documents.length,
      takenBytes: documents.reduce((bytes, document) => bytes + document.textBytes, 0),
      excludedCounts: { ...this.#excludedCounts },
      duplicateCount,
      redactedCount: this.#redactedCount,
    };
  }

  async #readBlock(block: readonly ReadableCandidate[], newestEpochMs: number): Promise<readonly Taken[]> {
    const { reader, signal } = this.#options;
    const items = await mapBounded(block, READ_CONCURRENCY, async (candidate) => {
      const read = signal.aborted ? undefined : await readDocument(candidate, reader, newestEpochMs);
      if (read?.kind !== "document") {
        return read;
      }
      // The sketch is made here, between two reads, so that an abort is heard in time.
      return { ...read, sketch: sketchText(read.document.text) };
    });
    const taken: Taken[] = [];
    for (const item of items) {
      if (item?.kind === "document") {
        taken.push(item);
      } else if (item !== undefined) {
        this.#excludedCounts[item.reason]++;
      }
    }
    return taken;
  }
}

function countDuplicates(groups: readonly number[]): number {
  const sizes = new Map<number, number>();
  for (const first of groups) {
    sizes.set(first, (sizes.get(first) ?? 0) + 1);
  }
  return [...sizes.values()].filter((size) => size > 1).reduce((sum, size) => sum + size, 0);
}
