import { LmError, type ErrorCode } from "../base/errors.ts";
import type { FileStore } from "../base/ports.ts";
import { PlainValueError } from "../base/plainValue.ts";
import type { Checkpoint, ResumeState } from "./checkpoint.ts";
import {
  BINARY_NAME,
  CHECKPOINT_FORMAT,
  CHECKPOINT_VERSION,
  readManifest,
  type BinaryEntry,
  type CheckpointManifest,
  type ResumeEntry,
} from "./checkpointManifest.ts";
import { parameterEntries, splitTensors, tensorChunks, tensorEntries } from "./tensorBytes.ts";

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

/** A checkpoint directory. Files that cannot be read or written throw `LmError` from the file store. */
export interface CheckpointStore {
  /** Everything but the tensors. */
  readManifest(): Promise<ManifestRead>;
  read(): Promise<CheckpointRead>;
  readResume(): Promise<ResumeRead>;
  /**
   * Makes the directory ready for `write`, and throws `LmError` where it must not or cannot be: it holds something that
   * is not ours, or a checkpoint of a newer Inkling, or it cannot be written to. Changes nothing that was there.
   */
  prepare(): Promise<void>;
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

const MANIFEST_NAME = "checkpoint.json";

const PROBE_NAME = "writable.probe";

/** Files that file managers leave in folders a person would call empty. */
const IGNORABLE_NAMES = new Set([".DS_Store", "Thumbs.db", "desktop.ini"]);

/** What a crash in the midst of an atomic replacement may leave of a file of ours: its name and the store's suffix. */
const LEFTOVER_NAME = /^\.?(?:(?:weights|resume)-[0-9a-f]{16}\.bin|checkpoint\.json|writable\.probe)\..*tmp.*$/;

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
  #lastWrite: Promise<void> = Promise.resolve();

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
    // A run of an hour must not find out at its end that nothing can be written here.
    await this.#files.writeFileAtomically(this.#path(PROBE_NAME), [new Uint8Array(1)]);
    await this.#files.removeFile(this.#path(PROBE_NAME));
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
      const weightChunks = tensorChunks(checkpoint.weights, parameterEntries(checkpoint.spec));
      const weights = await this.#writeBinary("weights", weightChunks, fresh);
      const resumeEntry = resume === null ? this.#resume : await this.#writeResume(checkpoint, resume, fresh);
      const replaced = namesIn(await this.#manifestText());
      await this.#writeManifest(toManifest(checkpoint, weights, resumeEntry));
      this.#resume = resumeEntry;
      await this.#sweep(replaced);
    } catch (error) {
      await this.#withdraw(fresh);
      throw error;
    }
  }

  async #writeResume(checkpoint: Checkpoint, resume: ResumeState, fresh: string[]): Promise<ResumeEntry> {
    const optimizer = tensorEntries(resume.optimizer);
    const carried = tensorEntries(resume.carried);
    const chunks = [
      ...tensorChunks(resume.weights, parameterEntries(checkpoint.spec)),
      ...tensorChunks(resume.optimizer, optimizer),
      ...tensorChunks(resume.carried, carried),
    ];
    return { ...(await this.#writeBinary("resume", chunks, fresh)), optimizer, carried, trainer: resume.trainer };
  }

  async #writeBinary(role: "weights" | "resume", chunks: readonly Uint8Array[], fresh: string[]): Promise<BinaryEntry> {
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
      const live = namesIn(await this.#manifestText());
      const nowMs = (await this.#files.stat(this.#path(MANIFEST_NAME)))?.modifiedEpochMs ?? 0;
      for (const { name } of await this.#files.listDirectory(this.#directory)) {
        if (live.has(name) || !(BINARY_NAME.test(name) || LEFTOVER_NAME.test(name))) {
          continue;
        }
        const stat = await this.#files.stat(this.#path(name));
        const isAbandoned = stat !== undefined && nowMs - stat.modifiedEpochMs > ABANDONED_MS;
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
      const live = namesIn(await this.#manifestText());
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
    if ((await this.#files.stat(path))?.kind !== "file") {
      return undefined;
    }
    return new TextDecoder().decode(await this.#files.readFile(path));
  }

  async #findManifest(): Promise<ManifestFound> {
    const text = await this.#manifestText();
    if (text === undefined) {
      const message = `There is no Inkling checkpoint in ${this.#directory}; train a model into it first, or name the directory of a trained one.`;
      return { kind: "missing", message };
    }
    try {
      const json: unknown = JSON.parse(text);
      return this.#foreignOrNewer(json) ?? { kind: "found", manifest: readManifest(json), text };
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof PlainValueError) {
        return this.#corrupt(`${MANIFEST_NAME}: ${error.message}`);
      }
      throw error;
    }
  }

  #foreignOrNewer(json: unknown): CheckpointFailure | undefined {
    const marks = typeof json === "object" && json !== null ? (json as Readonly<Record<string, unknown>>) : {};
    if (marks["format"] !== CHECKPOINT_FORMAT) {
      const message = `${this.#path(MANIFEST_NAME)} is not an Inkling checkpoint; name another directory for the model.`;
      return { kind: "foreign", message };
    }
    const version = marks["version"];
    if (typeof version === "number" && version > CHECKPOINT_VERSION) {
      const message =
        `The checkpoint in ${this.#directory} has format version ${version}, this Inkling reads up to ${CHECKPOINT_VERSION}; ` +
        "update Inkling, or train into another directory.";
      return { kind: "version", message };
    }
    return version === CHECKPOINT_VERSION ? undefined : this.#corrupt(`${MANIFEST_NAME} has no version that ever was`);
  }

  #corrupt(detail: string): CheckpointFailure {
    const message = `The checkpoint in ${this.#directory} is damaged (${detail}); train again without resuming to replace it.`;
    return { kind: "corrupt", message };
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
            return this.#corrupt(error.message);
          }
          throw error;
        }
      }
    }
    return this.#corrupt("it was replaced again and again while being read");
  }

  async #readBinary(entry: BinaryEntry): Promise<Uint8Array> {
    const path = this.#path(entry.name);
    const stat = await this.#files.stat(path);
    if (stat === undefined) {
      throw new LmError("checkpointCorrupt", `${entry.name} is missing`);
    }
    if (stat.sizeBytes !== entry.bytes) {
      throw new LmError("checkpointCorrupt", `${entry.name} has ${stat.sizeBytes} bytes in place of ${entry.bytes}`);
    }
    const bytes = await this.#files.readFile(path);
    if (this.#sha256([bytes]) !== entry.sha256) {
      throw new LmError("checkpointCorrupt", `${entry.name} has changed since it was written`);
    }
    this.#known.add(entry.name);
    return bytes;
  }

  #path(name: string): string {
    return this.#files.join(this.#directory, name);
  }
}

function toCheckpoint(manifest: CheckpointManifest, binaries: readonly Uint8Array[]): Checkpoint {
  const { spec, vocabulary, progress, origin, trainingPaths, validationPaths } = manifest;
  const [weights = new Map()] = splitTensors(binaries[0] ?? new Uint8Array(0), [parameterEntries(spec)]);
  return { spec, vocabulary, progress, origin, trainingPaths, validationPaths, weights };
}

function toManifest(checkpoint: Checkpoint, weights: BinaryEntry, resume: ResumeEntry | null): CheckpointManifest {
  const { spec, vocabulary, progress, origin, trainingPaths, validationPaths } = checkpoint;
  const parts = { spec, vocabulary, progress, origin, trainingPaths, validationPaths };
  return { format: CHECKPOINT_FORMAT, version: CHECKPOINT_VERSION, ...parts, weights, resume };
}

function isOurs(name: string): boolean {
  return (
    name === MANIFEST_NAME ||
    name === PROBE_NAME ||
    BINARY_NAME.test(name) ||
    LEFTOVER_NAME.test(name) ||
    IGNORABLE_NAMES.has(name)
  );
}

/** Names of binaries that a manifest's text mentions. */
function namesIn(manifestText: string | undefined): ReadonlySet<string> {
  const names = manifestText?.matchAll(/"((?:weights|resume)-[0-9a-f]{16}\.bin)"/g) ?? [];
  return new Set(Array.from(names, ([, name = ""]) => name));
}
