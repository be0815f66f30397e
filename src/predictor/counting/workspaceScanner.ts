import { toErrorData } from "../../base/errors.ts";
import type { Clock } from "../../base/ports.ts";
import { hashText } from "../../corpus/contentHash.ts";
import { examineCandidate, type ReadableCandidate, readDocument } from "../../corpus/readDocument.ts";
import { listReadable, streamDocuments, type StreamedFile } from "../../corpus/streamDocuments.ts";
import { SuccessorTally } from "../../models/counting/successorTally.ts";
import type { CountTotals } from "../../protocol/predictorMessages.ts";
import { DEFAULT_BPE_VOCABULARY_SIZE, trainBpe } from "../../tokens/trainBpe.ts";
import { restoreVocabulary } from "../../tokens/restoreVocabulary.ts";
import type { Vocabulary } from "../../tokens/vocabulary.ts";
import { BarrenFiles } from "./barrenFiles.ts";
import { CountStore, type CountStorePorts } from "./countStore.ts";
import type { CounterEvent, ScanJob } from "./counterMessages.ts";
import { DocumentSections } from "./documentSections.ts";
import { FileBatch } from "./fileBatch.ts";
import { type FileFacts, type FreshFile, SegmentShelf } from "./segmentShelf.ts";

/** What scanning needs of the world. */
export interface ScannerPorts extends CountStorePorts {
  readonly clock: Clock;
  /** The user's global gitignore, if there is one. */
  readonly globalIgnoreFile: () => Promise<string | undefined>;
  /** False where `A.txt` and `a.txt` are one file. */
  readonly isCaseSensitive: boolean;
}

export interface ScanOptions {
  readonly emit: (event: CounterEvent) => void;
  readonly signal: AbortSignal;
}

/** A vocabulary is learnt from this much text; more changes it little. */
const VOCABULARY_CHARS = 1_500_000;
/** Between two writings of the index at least; what is missing on the disk is counted again after a restart. */
const WRITE_EVERY_MS = 60_000;

/** Counts the files of a workspace, all of them at first and later those that changed, and keeps the counts on the disk. */
export class WorkspaceScanner {
  readonly #ports: ScannerPorts;
  #vocabulary: Vocabulary | undefined;
  #shelf: SegmentShelf | undefined;
  readonly #barren = new BarrenFiles();
  #store: CountStore | undefined;
  #writtenMs = -Infinity;
  #lastWrite: Promise<void> = Promise.resolve();
  /** Whether the index on the disk, if there is one, is of the past. */
  #isDirty = false;
  /** Whether the index could not be written when that was tried last. */
  #isFailing = false;

  public constructor(ports: ScannerPorts) {
    this.#ports = ports;
  }

  /** Brings the counts up to date; ends early, with what was counted, once it is aborted. */
  public async scan(job: ScanJob, { emit, signal }: ScanOptions): Promise<CountTotals> {
    const { files, globalIgnoreFile, isCaseSensitive } = this.#ports;
    const options = {
      folders: job.folders,
      unsaved: job.unsaved,
      settings: job.corpus,
      reader: files,
      signal,
      globalIgnoreFile: await globalIgnoreFile(),
      isCaseSensitive,
    };
    if (this.#shelf === undefined) {
      await this.#open(job, emit);
    }
    const listed = await listReadable(options);
    const { onDisk, unsaved } = await this.#sortOut(listed, job);
    const waiting = inOrder(
      onDisk.filter((candidate) => this.#isNew(candidate)),
      job.first,
    );
    if (!signal.aborted) {
      this.#removeAllBut(new Set([...onDisk, ...unsaved].map(({ path }) => path)));
      this.#placeUnsaved(unsaved, emit);
      await this.#count(waiting, { unsaved, emit, signal });
      this.#publish(emit);
      if (this.#ports.clock.nowMs() - this.#writtenMs >= WRITE_EVERY_MS) {
        await this.#write(emit);
      }
    }
    return this.#totals();
  }

  /**
   * Joins what was counted bit by bit into few large parts, so that questions are quick. What comes in between is served, and what
   * it made stale is given up. Ends early once it is aborted.
   */
  public async join({ emit, signal }: ScanOptions): Promise<null> {
    let isJoined = false;
    for (let work = this.#shelf?.join(); work !== undefined; work = this.#shelf?.join()) {
      let step = work.next();
      while (step.done !== true && !signal.aborted) {
        await breath();
        step = work.next();
      }
      if (step.done !== true) {
        break;
      }
      isJoined ||= step.value;
      this.#publish(emit);
    }
    if (isJoined) {
      this.#isDirty = true;
      await this.#write(emit);
    }
    return null;
  }

  #totals(): CountTotals {
    const files = [...(this.#shelf?.files.values() ?? [])];
    return {
      fileCount: files.length + (this.#shelf?.unsaved.size ?? 0),
      textBytes: files.reduce((sum, { textBytes }) => sum + textBytes, 0),
      tokenCount: this.#shelf?.tokenCount ?? 0,
      vocabularySize: this.#vocabulary?.size ?? 0,
    };
  }

  /** Begins with what an earlier session left, where that fits. */
  async #open({ storage, vocabulary }: ScanJob, emit: ScanOptions["emit"]): Promise<void> {
    const wanted = vocabulary === null ? undefined : restoreVocabulary(vocabulary);
    this.#store = storage === null ? undefined : new CountStore(storage, this.#ports);
    const read = (await this.#store?.read()) ?? ({ kind: "missing" } as const);
    if (read.kind === "unusable") {
      emit({ type: "log", level: "warning", message: `The index of counts is made anew: ${read.reason}.` });
    }
    if (read.kind === "counts" && read.lostReason !== null) {
      const message = `Some of the index of counts is made anew: ${read.lostReason}.`;
      this.#isDirty = true;
      emit({ type: "log", level: "warning", message });
    }
    if (read.kind === "counts") {
      const { counts } = read;
      if (wanted === undefined || isSameVocabulary(counts.vocabulary, wanted)) {
        this.#begin(counts.vocabulary, emit).restore(counts.parts, counts.files);
        this.#barren.restore(counts.barren);
        this.#publish(emit);
        return;
      }
      emit({ type: "log", level: "info", message: "The model has another vocabulary: all files are counted again." });
    }
    if (wanted !== undefined) {
      this.#begin(wanted, emit);
    }
  }

  #begin(vocabulary: Vocabulary, emit: ScanOptions["emit"]): SegmentShelf {
    this.#vocabulary = vocabulary;
    this.#shelf = new SegmentShelf({
      vocabularySize: vocabulary.size,
      startId: vocabulary.startId,
      breakId: vocabulary.endId,
      tally: new SuccessorTally(vocabulary.size),
    });
    emit({ type: "vocabulary", vocabulary: vocabulary.serialize() });
    return this.#shelf;
  }

  /** Text on the disk comes first; what editors have is asked where there is none that may be counted. */
  async #sortOut(
    listed: readonly ReadableCandidate[],
    { corpus }: ScanJob,
  ): Promise<{ readonly onDisk: readonly ReadableCandidate[]; readonly unsaved: readonly UnsavedFile[] }> {
    const { files } = this.#ports;
    const onDisk: ReadableCandidate[] = [];
    const unsaved: UnsavedFile[] = [];
    for (const listing of listed) {
      if (listing.unsavedText === undefined) {
        onDisk.push(listing);
        continue;
      }
      const examined = await examineCandidate({ ...listing, unsavedText: undefined }, files, corpus);
      const file = examined.kind === "readable" ? examined.candidate : undefined;
      const isCounted = async (one: ReadableCandidate): Promise<boolean> =>
        !this.#barren.has(one) && (!this.#isNew(one) || (await readDocument(one, files, 0)).kind === "document");
      if (file !== undefined && (await isCounted(file))) {
        onDisk.push(file);
        continue;
      }
      const read = await readDocument(listing, files, 0);
      if (read.kind === "document") {
        unsaved.push({ path: listing.path, text: read.document.text });
      }
    }
    return { onDisk, unsaved };
  }

  #isNew(candidate: ReadableCandidate): boolean {
    const { path, sizeBytes, modifiedEpochMs } = candidate;
    if (this.#barren.has(candidate)) {
      return false;
    }
    const known = this.#shelf?.files.get(path);
    return known === undefined || known.sizeBytes !== sizeBytes || known.modifiedEpochMs !== modifiedEpochMs;
  }

  #removeAllBut(paths: ReadonlySet<string>): void {
    this.#isDirty = this.#barren.removeAllBut(paths) || this.#isDirty;
    for (const path of [...(this.#shelf?.files.keys() ?? []), ...(this.#shelf?.unsaved ?? [])]) {
      if (!paths.has(path)) {
        this.#isDirty ||= this.#shelf?.files.has(path) === true;
        this.#shelf?.remove(path);
      }
    }
  }

  /** Makes known which files are counted as editors have them, if there is a vocabulary. */
  #placeUnsaved(unsaved: readonly UnsavedFile[], emit: ScanOptions["emit"]): void {
    if (this.#shelf !== undefined && unsaved.length > 0) {
      for (const { path } of unsaved) {
        this.#isDirty ||= this.#shelf.files.has(path);
        this.#shelf.putUnsaved(path);
      }
      this.#publish(emit);
    }
  }

  async #count(
    waiting: readonly ReadableCandidate[],
    { unsaved, emit, signal }: ScanOptions & { readonly unsaved: readonly UnsavedFile[] },
  ): Promise<void> {
    const batch = new FileBatch();
    const totalBytes = waiting.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    let readBytes = 0;
    let fileCount = 0;
    /** Read before there is a vocabulary. */
    let held: StreamedFile[] = [];
    let heldChars = 0;
    for await (const block of streamDocuments(waiting, { reader: this.#ports.files, signal })) {
      for (const file of block) {
        held.push(file);
        heldChars += file.document?.text.length ?? 0;
        readBytes += file.candidate.sizeBytes;
        fileCount++;
      }
      const isLast = fileCount === waiting.length;
      if (this.#shelf === undefined && heldChars < VOCABULARY_CHARS && !isLast) {
        continue;
      }
      await this.#countBlock(held, { unsaved, batch, emit });
      held = [];
      const fraction = totalBytes === 0 ? 1 : readBytes / totalBytes;
      emit({ type: "progress", fileCount, totalCount: waiting.length, fraction });
    }
    if (this.#shelf === undefined && unsaved.length > 0 && !signal.aborted) {
      await this.#countBlock([], { unsaved, batch, emit });
    }
    this.#flush(batch);
  }

  async #countBlock(files: readonly StreamedFile[], { unsaved, batch, emit }: BatchCall): Promise<void> {
    if (this.#shelf === undefined) {
      const texts = [...files.flatMap(({ document }) => document?.text ?? []), ...unsaved.map(({ text }) => text)];
      this.#begin(trainBpe(texts, { vocabularySize: DEFAULT_BPE_VOCABULARY_SIZE }), emit);
      this.#placeUnsaved(unsaved, emit);
    }
    for (const file of files) {
      this.#countFile(file, batch);
      if (batch.isFull) {
        this.#flush(batch);
        this.#publish(emit);
        await breath();
      }
    }
  }

  #countFile({ candidate, document, exclusion }: StreamedFile, batch: FileBatch): void {
    const { path, sizeBytes, modifiedEpochMs = -1 } = candidate;
    this.#isDirty = true;
    this.#barren.remove(path);
    if (document === null) {
      this.#shelf?.remove(path);
      // What cannot be read now may be next time.
      if (exclusion !== "unreadable") {
        this.#barren.add(candidate);
      }
      return;
    }
    const facts: FileFacts = {
      sizeBytes,
      modifiedEpochMs,
      textHash: hashText(document.text),
      textBytes: document.textBytes,
    };
    if (this.#shelf?.files.get(path)?.textHash === facts.textHash) {
      this.#shelf.touch(path, facts);
    } else {
      batch.add({ path, facts, passages: passagesOf(document.text, this.#vocabulary) });
    }
  }

  #flush(batch: FileBatch): void {
    const files = batch.take();
    if (files.length > 0) {
      this.#shelf?.put(files);
      this.#shelf?.tidy();
    }
  }

  #publish(emit: ScanOptions["emit"]): void {
    if (this.#shelf !== undefined) {
      emit({ type: "change", change: this.#shelf.takeChange() });
    }
  }

  /** Writes the index where the one on the disk is of the past; one write after the other. */
  #write(emit: ScanOptions["emit"]): Promise<void> {
    this.#lastWrite = this.#lastWrite.then(() => this.#writeNow(emit));
    return this.#lastWrite;
  }

  async #writeNow(emit: ScanOptions["emit"]): Promise<void> {
    if (!this.#isDirty || this.#store === undefined || this.#shelf === undefined) {
      return;
    }
    this.#isDirty = false; // What changes while it is written makes it so again.
    this.#writtenMs = this.#ports.clock.nowMs();
    const indices = new Map([...this.#shelf.segments.keys()].map((id, index) => [id, index]));
    const files = [...this.#shelf.files].map(
      ([path, file]) => [path, { ...file, segment: indices.get(file.segment) ?? 0 }] as const,
    );
    const parts = [...this.#shelf.segments.values()].map((segment) => segment.parts);
    const vocabulary = this.#vocabulary?.serialize();
    try {
      if (vocabulary !== undefined) {
        await this.#store.write({ vocabulary, parts, files, barren: this.#barren.entries() });
      }
      this.#isFailing = false;
    } catch (error) {
      this.#isDirty = true;
      if (!this.#isFailing) {
        this.#isFailing = true;
        const message = `The index of counts could not be written, which is tried again; until then it is made again after a restart: ${toErrorData(error).message}`;
        emit({ type: "log", level: "warning", message });
      }
    }
  }
}

/** Lets messages through, such as one that cancels. */
function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What only an editor has; secrets are taken out. */
interface UnsavedFile {
  readonly path: string;
  readonly text: string;
}

interface BatchCall {
  readonly unsaved: readonly UnsavedFile[];
  readonly batch: FileBatch;
  readonly emit: ScanOptions["emit"];
}

/** Whether two vocabularies give the same tokens. */
export function isSameVocabulary(left: Vocabulary, right: Vocabulary): boolean {
  return (
    left === right ||
    (left.kind === right.kind &&
      left.size === right.size &&
      JSON.stringify(left.serialize()) === JSON.stringify(right.serialize()))
  );
}

function passagesOf(text: string, vocabulary: Vocabulary | undefined): FreshFile["passages"] {
  if (vocabulary === undefined) {
    return [];
  }
  return DocumentSections.cut(text, { vocabulary, isRedacted: true }).passages(null);
}

/** The files named first, in their order, then those that changed last. */
function inOrder(candidates: readonly ReadableCandidate[], first: readonly string[]): readonly ReadableCandidate[] {
  const ranks = new Map(first.map((path, index) => [path, index]));
  const rankOf = ({ path }: ReadableCandidate): number => ranks.get(path) ?? first.length;
  return [...candidates].sort(
    (a, b) => rankOf(a) - rankOf(b) || (b.modifiedEpochMs ?? Infinity) - (a.modifiedEpochMs ?? Infinity) || 0,
  );
}
