import { LmError } from "../base/errors.ts";
import { PlainValue, PlainValueError } from "../base/plainValue.ts";
import type { FileStat, FileStore } from "../base/ports.ts";
import type { WeightMap } from "../models/neural/networkSpec.ts";
import type { TensorEntry } from "./checkpointManifest.ts";
import type { Sha256 } from "./checkpointStore.ts";
import { holdsManifest, isByTheWay, isLeftover, PROBE_NAME } from "./checkpointFiles.ts";
import { claimDirectory, type DirectoryClaim, removeUnused } from "./claimDirectory.ts";
import { describeDamage, describeField } from "./parseManifest.ts";
import { splitTensors, tensorChunks } from "./tensorBytes.ts";

/** A kind of model that is kept in a directory of its own: a manifest, and one binary with its tensors. */
export interface ModelKind<M> {
  /** What the manifest's field `format` says. */
  readonly format: string;
  /** Of the layout that is written, and the newest that is read. */
  readonly version: number;
  readonly manifestName: string;
  /** What the binary's name begins with, before a dash and a digest. */
  readonly role: string;
  /** For people, as in "no tagger or classifier". */
  readonly name: string;
  /** For people: how to get one. */
  readonly advice: string;
  /** Everything of a manifest but mark and binary, every field checked; throws `PlainValueError`. */
  readonly read: (manifest: PlainValue) => M;
  /** The tensors of a model, as they are stored. */
  readonly entriesOf: (model: M) => readonly TensorEntry[];
}

export interface ModelStoreContext {
  readonly files: FileStore;
  readonly sha256: Sha256;
}

/** What may be written to a directory. */
export interface ModelTarget<M> {
  readonly kind: ModelKind<M>;
  readonly files: FileStore;
  /** What a model that is there already is, for people, where the new one must not replace it; else null. Default: any may be replaced. */
  readonly otherThan?: (model: M) => string | null;
}

/** A reader has to lose this many races in a row before it gives up; writers write every few seconds at most. */
const READ_ATTEMPTS = 8;

/**
 * Sees that a model can be written to a directory before anything is trained, and keeps other trainings from it until `work` has ended. Throws `LmError` where
 * there is something that is not ours, where nothing can be written, or where another training writes to it (`trainingBusy`).
 */
export async function withModelDirectory<M, T>(
  directory: string,
  { kind, files, otherThan = () => null }: ModelTarget<M>,
  work: (claim: DirectoryClaim) => Promise<T>,
): Promise<T> {
  const stat = await files.stat(directory);
  if (stat !== undefined) {
    await refuseForeignDirectory(directory, { kind, stat, files, otherThan });
  }
  await files.makeDirectory(directory);
  const claim = await claimDirectory(directory, files);
  try {
    const probe = files.join(directory, PROBE_NAME);
    await files.writeFileAtomically(probe, [new Uint8Array(1)]);
    await files.removeFile(probe);
    return await work(claim);
  } finally {
    await claim.release();
    if (stat === undefined) {
      await removeUnused(directory, files);
    }
  }
}

async function refuseForeignDirectory<M>(
  directory: string,
  { kind, stat, files, otherThan }: Required<ModelTarget<M>> & { readonly stat: FileStat },
): Promise<void> {
  if (stat.kind !== "directory") {
    throw new LmError("checkpointForeign", `${directory} is not a directory; name another place for the model.`);
  }
  const names = (await files.listDirectory(directory)).map(({ name }) => name);
  const isOurs = (name: string): boolean =>
    name === kind.manifestName || weightsName(kind).test(name) || isByTheWay(name);
  const stranger = names.find((name) => !isOurs(name));
  if (stranger !== undefined && !names.includes(kind.manifestName)) {
    throw new LmError(
      "checkpointForeign",
      `${directory} is not empty and holds no ${kind.name} (it has ${stranger}); name an empty or new directory for the model.`,
    );
  }
  const text = await manifestText(directory, { kind, files });
  const there = text === undefined ? null : modelThere(text, { kind, path: files.join(directory, kind.manifestName) });
  const other = there === null ? null : otherThan(there);
  if (other !== null) {
    throw new LmError("checkpointForeign", `${directory} holds ${other}; name another directory for the model.`);
  }
}

/** Null where it is damaged: then it is of no use to anybody. */
function modelThere<M>(text: string, at: { readonly kind: ModelKind<M>; readonly path: string }): M | null {
  try {
    return parse(text, at).model;
  } catch (error) {
    if (error instanceof LmError && error.code === "checkpointCorrupt") {
      return null;
    }
    throw error;
  }
}

/** A model that is to be written. */
export interface WrittenModel<M> {
  readonly directory: string;
  readonly kind: ModelKind<M>;
  /** Everything of the manifest but mark and binary, as plain data. */
  readonly parts: object;
  /** Borrowed until the promise settles. */
  readonly weights: WeightMap;
}

/** Replaces what is in a directory; a reader or a crash sees the old model or the new one. */
export async function writeModel<M>(
  { directory, kind, parts, weights }: WrittenModel<M>,
  { files, sha256 }: ModelStoreContext,
): Promise<void> {
  // What cannot be read back (a NaN becomes null in JSON) must not replace what can.
  const entries = kind.entriesOf(kind.read(new PlainValue(JSON.parse(JSON.stringify(parts)), ROOT)));
  const chunks = tensorChunks(weights, entries);
  const digest = sha256(chunks);
  const name = `${kind.role}-${digest.slice(0, 16)}.bin`;
  const bytes = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const { format, version } = kind;
  const manifest = { format, version, ...parts, weights: { name, bytes, sha256: digest } };
  await files.makeDirectory(directory);
  await files.writeFileAtomically(files.join(directory, name), chunks);
  const text = new TextEncoder().encode(JSON.stringify(manifest));
  await files.writeFileAtomically(files.join(directory, kind.manifestName), [text]);
  for (const { name: other } of await files.listDirectory(directory)) {
    if ((weightsName(kind).test(other) && other !== name) || isLeftover(other)) {
      await files.removeFile(files.join(directory, other));
    }
  }
}

/** The model in a directory. Throws `LmError` where there is none, or it is damaged, or of a newer Inkling; the message says what to do. */
export async function readModel<M>(
  directory: string,
  kind: ModelKind<M>,
  context: ModelStoreContext,
): Promise<{ readonly model: M; readonly weights: WeightMap }> {
  for (let attempt = 1; ; attempt++) {
    const text = await manifestText(directory, { kind, files: context.files });
    try {
      return await readOnce(directory, { kind, text }, context);
    } catch (error) {
      const isNewer = text !== (await manifestText(directory, { kind, files: context.files }));
      if (!(error instanceof LmError) || !isNewer || attempt === READ_ATTEMPTS) {
        throw error;
      }
    }
  }
}

/** What `readModel` gives, without the weights. */
export async function readModelManifest<M>(
  directory: string,
  { kind, files }: { readonly kind: ModelKind<M>; readonly files: FileStore },
): Promise<M> {
  const text = requireText(await manifestText(directory, { kind, files }), { directory, kind });
  return parse(text, { kind, path: files.join(directory, kind.manifestName) }).model;
}

function requireText<M>(
  text: string | undefined,
  { directory, kind }: { readonly directory: string; readonly kind: ModelKind<M> },
): string {
  if (text === undefined) {
    throw new LmError("checkpointMissing", `There is no ${kind.name} in ${directory}; ${kind.advice}`);
  }
  return text;
}

async function readOnce<M>(
  directory: string,
  { kind, text }: { readonly kind: ModelKind<M>; readonly text: string | undefined },
  { files, sha256 }: ModelStoreContext,
): Promise<{ readonly model: M; readonly weights: WeightMap }> {
  const manifest = requireText(text, { directory, kind });
  const { model, binary } = parse(manifest, { kind, path: files.join(directory, kind.manifestName) });
  const path = files.join(directory, binary.name);
  const stat = await files.stat(path);
  if (stat?.kind !== "file") {
    throw damaged(path, "it is missing");
  }
  if (stat.sizeBytes !== binary.bytes) {
    throw damaged(path, `it has ${stat.sizeBytes} bytes in place of ${binary.bytes}`);
  }
  const content = await files.readFile(path);
  if (sha256([content]) !== binary.sha256) {
    throw damaged(path, "its content is not what was written");
  }
  const [weights = new Map()] = splitTensors(content, [kind.entriesOf(model)]);
  return { model, weights };
}

/** What messages call a manifest; `describeField` leaves it out. */
const ROOT = "checkpoint";

interface Parsed<M> {
  readonly model: M;
  readonly binary: { readonly name: string; readonly bytes: number; readonly sha256: string };
}

function parse<M>(text: string, { kind, path }: { readonly kind: ModelKind<M>; readonly path: string }): Parsed<M> {
  const json = parseJson(text);
  if (json === undefined) {
    throw damaged(path, "it is no complete JSON");
  }
  refuseForeign(json, path, kind);
  const root = new PlainValue(json, ROOT);
  try {
    if (root.field("version").raw !== kind.version) {
      throw root.field("version").mismatch(String(kind.version));
    }
    const model = kind.read(root);
    const expectedBytes = kind.entriesOf(model).reduce((sum, { length }) => sum + 4 * length, 0);
    return { model, binary: readBinary(root.field("weights"), { kind, expectedBytes }) };
  } catch (error) {
    if (error instanceof PlainValueError) {
      throw damaged(path, describeField(error));
    }
    throw error;
  }
}

/** Undefined where it is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Refuses a file of something else, and what a newer Inkling has written; one that is cut short is neither. */
function refuseForeign<M>(json: unknown, path: string, kind: ModelKind<M>): void {
  if (json === undefined) {
    return;
  }
  const marks = typeof json === "object" && json !== null ? (json as Readonly<Record<string, unknown>>) : {};
  if (marks["format"] !== kind.format) {
    throw new LmError(
      "checkpointForeign",
      `${path} is no ${kind.name} of Inkling; name another directory for the model.`,
    );
  }
  const version = marks["version"];
  if (typeof version === "number" && version > kind.version) {
    throw new LmError(
      "checkpointVersion",
      `${path} has format version ${version}, this Inkling reads up to ${kind.version}; update Inkling, or train into another directory.`,
    );
  }
}

function readBinary<M>(
  value: PlainValue,
  { kind, expectedBytes }: { readonly kind: ModelKind<M>; readonly expectedBytes: number },
): Parsed<M>["binary"] {
  const [name, sha256] = [value.field("name").string(), value.field("sha256").string()];
  if (!weightsName(kind).test(name)) {
    throw value.field("name").mismatch("the name of a binary of ours");
  }
  const bytes = value.field("bytes").integer();
  if (bytes !== expectedBytes) {
    throw value.field("bytes").mismatch(`${expectedBytes}, which the sizes of the model ask for`);
  }
  return { name, bytes, sha256 };
}

async function manifestText<M>(
  directory: string,
  { kind, files }: { readonly kind: ModelKind<M>; readonly files: FileStore },
): Promise<string | undefined> {
  const isThere = await holdsManifest(directory, kind.manifestName, files);
  return isThere ? new TextDecoder().decode(await files.readFile(files.join(directory, kind.manifestName))) : undefined;
}

function weightsName<M>({ role }: ModelKind<M>): RegExp {
  return new RegExp(`^${role}-[0-9a-f]{16}\\.bin$`);
}

function damaged(path: string, what: string): LmError {
  return new LmError(
    "checkpointCorrupt",
    describeDamage(path, what).replace("or train again without resuming to replace the model", "or train it again"),
  );
}
