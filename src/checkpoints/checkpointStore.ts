import { LmError, type ErrorCode } from "../base/errors.ts";
import type { FileStore } from "../base/ports.ts";
import type { Checkpoint, ResumeState } from "./checkpoint.ts";
import { binaryNamesIn, isOurs, isRemovable, MANIFEST_NAME, PROBE_NAME } from "./checkpointFiles.ts";
import {
  CHECKPOINT_FORMAT,
  readManifest,
  type BinaryEntry,
  type CheckpointManifest,
  type DocumentsEntry,
  type ResumeEntry,
} from "./checkpointManifest.ts";
import { claimDirectory, type DirectoryClaim, removeUnused } from "./claimDirectory.ts";
import { missingCheckpoint } from "./missingCheckpoint.ts";
import { documentParts, splitDocumentBytes } from "./documentBytes.ts";
import { requireVocabulary, toCheckpoint, toManifest } from "./manifestParts.ts";
import { describeDamage, parseManifest } from "./parseManifest.ts";
import { parameterEntries, resumeParts, splitTensors, tensorChunks } from "./tensorBytes.ts";

/** Hex SHA-256 digest of chunks one after the other, as a port. */
export type Sha256 = (chunks: readonly Uint8Array[]) => string;

/** Why there is no checkpoint to be had; the message says what to do. */
export interface CheckpointFailure {
  readonly kind: "missing" | "corrupt" | "foreign" | "version";
  readonly message: string;
}

export type CheckpointRead = { readonly kind: "checkpoint"; readonly checkpoint: Checkpoint } | CheckpointFailure;

export type ManifestRead = { readonly kind: "manifest"; readonly manifest: CheckpointManifest } | CheckpointFailure;

/** `checkpoint` and `resume` are of the same moment. */
export type ResumeRead =
  { readonly kind: "resume"; readonly checkpoint: Checkpoint; readonly resume: ResumeState } | CheckpointFailure;

/** What a model was trained on, as token ids; null where the checkpoint does not hold that. */
export type DocumentsRead =
  { readonly kind: "documents"; readonly documents: readonly Uint16Array[] | null } | CheckpointFailure;

/** A checkpoint directory. Files that cannot be read or written throw `LmError` from the file store. */
export interface CheckpointStore {
  /** Everything but the tensors. */
  readManifest(): Promise<ManifestRead>;
  read(): Promise<CheckpointRead>;
  readResume(): Promise<ResumeRead>;
  /** The text that the model beside it was trained on. */
  readDocuments(): Promise<DocumentsRead>;
  /**
   * Has the next writes store the text trained on beside the model: all that a mixture with counts needs.
   * @param documents token ids below 65,536; borrowed until the store is dropped
   */
  keepDocuments(documents: readonly Uint16Array[]): void;
  /** Has the next writes leave out the resume state that was read: it does not fit the model that is written. */
  forgetResume(): void;
  /**
   * Makes the directory ready for `write` and keeps other processes from it until `release`. Throws `LmError` where that
   * must not or cannot be: it holds something that is not ours, or a checkpoint of a newer Inkling, or it cannot be written
   * to, or a training of another process writes to it (`trainingBusy`). Changes nothing that was there.
   */
  prepare(): Promise<void>;
  /** Gives the directory back that `prepare` has claimed, if it has, and removes it where `prepare` made it and nothing was written. Never throws. */
  release(): Promise<void>;
  /**
   * Replaces the checkpoint; a reader, a crash or a failure sees the old one or the new one. Tensors are borrowed until
   * the promise settles. Calls are carried out one after the other.
   * @param resume null keeps the resume state that this store last wrote or read, if any
   */
  write(checkpoint: Checkpoint, resume: ResumeState | null): Promise<void>;
}

/** The checkpoint in `directory`, which need not exist yet. */
export function openCheckpointStore(directory: string, files: FileStore, sha256: Sha256): CheckpointStore {
  return new DirectoryCheckpointStore(directory, files, sha256);
}

/** The error for callers who cannot go on without a checkpoint. */
export function checkpointError({ kind, message }: CheckpointFailure): LmError {
  return new LmError(FAILURE_CODES[kind], message);
}

const FAILURE_CODES: Readonly<Record<CheckpointFailure["kind"], ErrorCode>> = {
  missing: "checkpointMissing",
  corrupt: "checkpointCorrupt",
  foreign: "checkpointForeign",
  version: "checkpointVersion",
};

/** A reader has to lose this many races in a row before it gives up; writers write every few seconds. */
const READ_ATTEMPTS = 8;

/** Unnamed binaries older than this belong to no writer that is still at it. */
const ABANDONED_MS = 600_000;
type ManifestFound =
  { readonly kind: "found"; readonly manifest: CheckpointManifest; readonly text: string } | CheckpointFailure;

class DirectoryCheckpointStore implements CheckpointStore {
  readonly #directory: string;
  readonly #files: FileStore;
  readonly #sha256: Sha256;
  /** Binaries whose bytes on the disk this store has written or verified. */
  readonly #known = new Set<string>();
  #resume: ResumeEntry | null = null;
  #documents: DocumentsEntry | null = null;
  /** Not on the disk yet. */
  #newDocuments: readonly Uint16Array[] | null = null;
  #lastWrite: Promise<void> = Promise.resolve();
  #claim: DirectoryClaim | null = null;
  /** Whether the directory was not there before. */
  #hasMade = false;

  public constructor(directory: string, files: FileStore, sha256: Sha256) {
    this.#directory = directory;
    this.#files = files;
    this.#sha256 = sha256;
  }

  public async readManifest(): Promise<ManifestRead> {
    const found = await this.#findManifest();
    return found.kind === "found" ? { kind: "manifest", manifest: found.manifest } : found;
  }

  public async read(): Promise<CheckpointRead> {
    const loaded = await this.#load(({ weights }) => [weights]);
    if (loaded.kind !== "loaded") {
      return loaded;
    }
    return { kind: "checkpoint", checkpoint: toCheckpoint(loaded.manifest, loaded.binaries) };
  }

  public async readResume(): Promise<ResumeRead> {
    const loaded = await this.#load(({ weights, resume }) => (resume === null ? [weights] : [weights, resume]));
    if (loaded.kind !== "loaded") {
      return loaded;
    }
    const { manifest, binaries } = loaded;
    const entry = manifest.resume;
    const bytes = binaries[1];
    if (entry === null || bytes === undefined) {
      const message = `The checkpoint in ${this.#directory} can be used but not resumed: it holds no trainer state. Train without resuming.`;
      return { kind: "missing", message };
    }
    this.#resume = entry;
    const [weights = new Map(), optimizer = new Map(), carried = new Map()] = splitTensors(bytes, [
      parameterEntries(manifest.spec),
      entry.optimizer,
      entry.carried,
    ]);
    return {
      kind: "resume",
      checkpoint: toCheckpoint(manifest, binaries),
      resume: { weights, optimizer, carried, trainer: entry.trainer },
    };
  }

  public async readDocuments(): Promise<DocumentsRead> {
    const loaded = await this.#load(({ documents }) => (documents === null ? [] : [documents]));
    if (loaded.kind !== "loaded") {
      return loaded;
    }
    const documentCount = loaded.manifest.documents?.documentCount ?? 0;
    const documents = loaded.binaries.map((bytes) => splitDocumentBytes(bytes, documentCount));
    return { kind: "documents", documents: documents[0] ?? null };
  }

  public forgetResume(): void {
    this.#resume = null;
  }

  public keepDocuments(documents: readonly Uint16Array[]): void {
    this.#newDocuments = documents;
  }

  public async prepare(): Promise<void> {
    const stat = await this.#files.stat(this.#directory);
    if (stat !== undefined && stat.kind !== "directory") {
      throw new LmError(
        "checkpointForeign",
        `${this.#directory} is not a directory; name another place for the model.`,
      );
    }
    if (stat !== undefined) {
      await this.#refuseForeign();
    }
    await this.#files.makeDirectory(this.#directory);
    this.#hasMade ||= stat === undefined;
    this.#claim ??= await claimDirectory(this.#directory, this.#files);
    // A run of an hour must not find out at its end that nothing can be written here.
    await this.#files.writeFileAtomically(this.#path(PROBE_NAME), [new Uint8Array(1)]);
    await this.#files.removeFile(this.#path(PROBE_NAME));
  }

  public async release(): Promise<void> {
    await this.#claim?.release();
    this.#claim = null;
    if (this.#hasMade) {
      await removeUnused(this.#directory, this.#files);
    }
  }

  public write(checkpoint: Checkpoint, resume: ResumeState | null): Promise<void> {
    const written = this.#lastWrite.then(() => this.#write(checkpoint, resume));
    this.#lastWrite = written.catch(() => undefined); // The caller hears of it; the next write starts afresh.
    return written;
  }

  async #refuseForeign(): Promise<void> {
    const found = await this.#findManifest();
    if (found.kind === "found") {
      return;
    }
    if (found.kind === "version" || found.kind === "foreign") {
      throw checkpointError(found);
    }
    const stranger = (await this.#files.listDirectory(this.#directory)).find(({ name }) => !isOurs(name));
    const isMarkedAsOurs =
      found.kind === "corrupt" && (await this.#manifestText())?.includes(`"${CHECKPOINT_FORMAT}"`) === true;
    if (stranger !== undefined && !isMarkedAsOurs) {
      throw new LmError(
        "checkpointForeign",
        `${this.#directory} is not empty and holds no Inkling checkpoint (it has ${stranger.name}); name an empty or new directory for the model.`,
        { facts: { directory: this.#directory, found: stranger.name } },
      );
    }
  }

  async #write(checkpoint: Checkpoint, resume: ResumeState | null): Promise<void> {
    const fresh: string[] = [];
    try {
      await this.#files.makeDirectory(this.#directory);
      await this.#claim?.renew();
      const weightChunks = tensorChunks(checkpoint.weights, parameterEntries(checkpoint.spec));
      const weights = await this.#writeBinary("weights", weightChunks, fresh);
      const resumeEntry = resume === null ? this.#resume : await this.#writeResume(checkpoint, resume, fresh);
      const documents =
        this.#newDocuments === null ? this.#documents : await this.#writeDocuments(this.#newDocuments, fresh);
      const replaced = binaryNamesIn(await this.#manifestText());
      await this.#writeManifest(toManifest(checkpoint, { weights, resume: resumeEntry, documents }));
      this.#resume = resumeEntry;
      this.#documents = documents;
      this.#newDocuments = null;
      await this.#sweep(replaced);
    } catch (error) {
      await this.#withdraw(fresh);
      throw error;
    }
  }

  async #writeResume(checkpoint: Checkpoint, resume: ResumeState, fresh: string[]): Promise<ResumeEntry> {
    const { chunks, optimizer, carried } = resumeParts(checkpoint.spec, resume);
    return { ...(await this.#writeBinary("resume", chunks, fresh)), optimizer, carried, trainer: resume.trainer };
  }

  async #writeDocuments(documents: readonly Uint16Array[], fresh: string[]): Promise<DocumentsEntry> {
    const { chunks, documentCount, tokenCount } = documentParts(documents);
    return { ...(await this.#writeBinary("documents", chunks, fresh)), documentCount, tokenCount };
  }

  async #writeBinary(
    role: "weights" | "resume" | "documents",
    chunks: readonly Uint8Array[],
    fresh: string[],
  ): Promise<BinaryEntry> {
    const digest = this.#sha256(chunks);
    const entry: BinaryEntry = {
      name: `${role}-${digest.slice(0, 16)}.bin`,
      bytes: chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0),
      sha256: digest,
    };
    // The best weights stay the same over many writes. Another trainer in this directory may have removed them, though.
    const stat = this.#known.has(entry.name) ? await this.#files.stat(this.#path(entry.name)) : undefined;
    if (stat?.sizeBytes !== entry.bytes) {
      fresh.push(entry.name);
      await this.#files.writeFileAtomically(this.#path(entry.name), chunks);
      this.#known.add(entry.name);
    }
    return entry;
  }

  async #writeManifest(manifest: CheckpointManifest): Promise<void> {
    const text = JSON.stringify(manifest);
    // What cannot be read back (a NaN becomes null in JSON) must not replace what can.
    readManifest(JSON.parse(text));
    await this.#files.writeFileAtomically(this.#path(MANIFEST_NAME), [new TextEncoder().encode(text)]);
  }

  /** Removes what no manifest names any more. The new checkpoint is in place, so a file that stays does no harm. */
  async #sweep(replaced: ReadonlySet<string>): Promise<void> {
    try {
      const live = binaryNamesIn(await this.#manifestText());
      const nowMs = (await this.#files.stat(this.#path(MANIFEST_NAME)))?.modifiedEpochMs ?? 0;
      for (const { name } of await this.#files.listDirectory(this.#directory)) {
        if (live.has(name) || !isRemovable(name)) {
          continue;
        }
        const changedMs = (await this.#files.stat(this.#path(name)))?.modifiedEpochMs ?? Infinity;
        const isAbandoned = nowMs - changedMs > ABANDONED_MS;
        if (this.#known.has(name) || replaced.has(name) || isAbandoned) {
          this.#known.delete(name);
          await this.#files.removeFile(this.#path(name));
        }
      }
    } catch (error) {
      if (!(error instanceof LmError)) {
        throw error;
      }
    }
  }

  /** Removes the binaries of a write that failed, so that a full disk gets its room back. */
  async #withdraw(fresh: readonly string[]): Promise<void> {
    try {
      const live = binaryNamesIn(await this.#manifestText());
      for (const name of fresh.filter((candidate) => !live.has(candidate))) {
        this.#known.delete(name);
        await this.#files.removeFile(this.#path(name));
      }
    } catch {
      // The error that made the write fail is the one to report.
    }
  }

  async #manifestText(): Promise<string | undefined> {
    const path = this.#path(MANIFEST_NAME);
    const isThere = (await this.#files.stat(path))?.kind === "file";
    return isThere ? new TextDecoder().decode(await this.#files.readFile(path)) : undefined;
  }

  async #findManifest(): Promise<ManifestFound> {
    const text = await this.#manifestText();
    if (text === undefined) {
      return missingCheckpoint(this.#directory, this.#files);
    }
    const parsed = parseManifest(text, this.#path(MANIFEST_NAME));
    return parsed.kind === "found" ? { ...parsed, text } : parsed;
  }

  /** Manifest and binaries of one moment: where a writer has replaced them meanwhile, the newer ones. */
  async #load(
    select: (manifest: CheckpointManifest) => readonly BinaryEntry[],
  ): Promise<
    | { readonly kind: "loaded"; readonly manifest: CheckpointManifest; readonly binaries: readonly Uint8Array[] }
    | CheckpointFailure
  > {
    for (let attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
      const found = await this.#findManifest();
      if (found.kind !== "found") {
        return found;
      }
      try {
        requireVocabulary(found.manifest, this.#path(MANIFEST_NAME));
        const binaries: Uint8Array[] = [];
        for (const entry of select(found.manifest)) {
          binaries.push(await this.#readBinary(entry));
        }
        return { kind: "loaded", manifest: found.manifest, binaries };
      } catch (error) {
        if (!(error instanceof LmError)) {
          throw error;
        }
        if ((await this.#manifestText()) === found.text) {
          if (error.code === "checkpointCorrupt") {
            return { kind: "corrupt", message: error.message };
          }
          throw error;
        }
      }
    }
    const how = "was replaced again and again while it was being read; try again.";
    return { kind: "corrupt", message: `The checkpoint in ${this.#directory} ${how}` };
  }

  async #readBinary(entry: BinaryEntry): Promise<Uint8Array> {
    const path = this.#path(entry.name);
    const damaged = (how: string): LmError => new LmError("checkpointCorrupt", describeDamage(path, how));
    const stat = await this.#files.stat(path);
    if (stat?.sizeBytes !== entry.bytes) {
      throw damaged(stat === undefined ? "it is missing" : `it has ${stat.sizeBytes} bytes in place of ${entry.bytes}`);
    }
    const bytes = await this.#files.readFile(path);
    if (this.#sha256([bytes]) !== entry.sha256) {
      throw damaged("its content is not what was written");
    }
    this.#known.add(entry.name);
    return bytes;
  }

  #path(name: string): string {
    return this.#files.join(this.#directory, name);
  }
}
