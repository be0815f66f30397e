import { LmError } from "../../base/errors.ts";
import { PlainValue, PlainValueError } from "../../base/plainValue.ts";
import type { FileStore } from "../../base/ports.ts";
import type { SerializedVocabulary, Vocabulary } from "../../tokens/vocabulary.ts";
import { restoreVocabulary } from "../../tokens/restoreVocabulary.ts";
import type { ShelvedFile, SortedPart } from "./segmentShelf.ts";

/** A workspace's counts as they lie on the disk. */
export interface StoredCounts {
  readonly vocabulary: Vocabulary;
  readonly parts: readonly SortedPart[];
  /** `segment` is the index of a part. */
  readonly files: readonly (readonly [path: string, file: ShelvedFile])[];
}

export type CountsRead =
  | { readonly kind: "counts"; readonly counts: StoredCounts }
  | { readonly kind: "missing" }
  /** `reason` is for the log. */
  | { readonly kind: "unusable"; readonly reason: string };

export type Sha256 = (chunks: readonly Uint8Array[]) => string;

/** What keeps counts needs of the world. */
export interface CountStorePorts {
  readonly files: FileStore;
  readonly sha256: Sha256;
}

/** The file's first bytes: `INKLING COUNTS`, the version, a newline. */
const MAGIC = "INKLING COUNTS 1\n";
const DIGEST_CHARS = 64;
/** Magic, digest of the rest, and length of the header. */
const PREFIX_BYTES = MAGIC.length + DIGEST_CHARS + 4;
const FILE_NAME = "counts.bin";

/*
 * Text and sorted positions are kept, six bytes a token, and the rest is derived: against tokens alone this is three times the
 * bytes and spares the sorting, which is most of the time that counting takes once files need not be read.
 */

/** Replaces the counts in a directory; a reader or a crash sees the old ones or the new ones. Throws `LmError`. */
export async function writeCounts(
  directory: string,
  { vocabulary, parts, files }: Omit<StoredCounts, "vocabulary"> & { readonly vocabulary: SerializedVocabulary },
  { files: store, sha256 }: CountStorePorts,
): Promise<void> {
  const header = new TextEncoder().encode(
    JSON.stringify({ vocabulary, parts: parts.map((part) => arraysOf(part).map(({ length }) => length)), files }),
  );
  const chunks = [
    header,
    new Uint8Array(paddingOf(header.length)),
    ...parts.flatMap((part) =>
      arraysOf(part).flatMap((array) => [
        new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
        new Uint8Array(paddingOf(array.byteLength)),
      ]),
    ),
  ];
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, header.length, true);
  const digest = new TextEncoder().encode(MAGIC + sha256([length, ...chunks]));
  await store.makeDirectory(directory);
  await store.writeFileAtomically(store.join(directory, FILE_NAME), [digest, length, ...chunks]);
}

/** The counts in a directory. */
export async function readCounts(directory: string, { files, sha256 }: CountStorePorts): Promise<CountsRead> {
  const path = files.join(directory, FILE_NAME);
  try {
    if ((await files.stat(path))?.kind !== "file") {
      return { kind: "missing" };
    }
    return parseCounts(await files.readFile(path), sha256);
  } catch (error) {
    if (error instanceof LmError || error instanceof PlainValueError || error instanceof SyntaxError) {
      return { kind: "unusable", reason: error.message };
    }
    throw error;
  }
}

function parseCounts(bytes: Uint8Array, sha256: Sha256): CountsRead {
  const prefix = new TextDecoder("latin1").decode(bytes.subarray(0, PREFIX_BYTES));
  if (!prefix.startsWith(MAGIC)) {
    const isOurs = prefix.startsWith("INKLING COUNTS");
    return { kind: "unusable", reason: isOurs ? "it is of another version" : "it is not an index of Inkling" };
  }
  const digest = prefix.slice(MAGIC.length, MAGIC.length + DIGEST_CHARS);
  if (bytes.length < PREFIX_BYTES || sha256([bytes.subarray(PREFIX_BYTES - 4)]) !== digest) {
    return { kind: "unusable", reason: "it is damaged" };
  }
  const headerBytes = new DataView(bytes.buffer, bytes.byteOffset + PREFIX_BYTES - 4).getUint32(0, true);
  const header = new TextDecoder().decode(bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + headerBytes));
  const root = new PlainValue(JSON.parse(header), "counts");
  const reader = new ArrayReader(bytes, PREFIX_BYTES + headerBytes + paddingOf(headerBytes));
  return {
    kind: "counts",
    counts: {
      vocabulary: restoreVocabulary(root.field("vocabulary").raw),
      parts: root
        .field("parts")
        .items()
        .map((lengths) => readPart(lengths, reader)),
      files: root.field("files").items().map(readFile),
    },
  };
}

function readPart(lengths: PlainValue, reader: ArrayReader): SortedPart {
  const [text = 0, positions = 0, starts = 0, leads = 0, hashes = 0] = lengths.items().map((item) => item.integer());
  return {
    text: reader.read(Uint16Array, text),
    positions: reader.read(Int32Array, positions),
    starts: reader.read(Int32Array, starts),
    leads: reader.read(Uint16Array, leads),
    hashes: reader.read(Int32Array, hashes),
  };
}

function readFile(item: PlainValue): readonly [string, ShelvedFile] {
  const [path, facts] = item.items();
  if (path === undefined || facts === undefined) {
    throw item.mismatch("a path with facts");
  }
  return [
    path.string(),
    {
      sizeBytes: facts.field("sizeBytes").number(),
      modifiedEpochMs: facts.field("modifiedEpochMs").number(),
      textHash: facts.field("textHash").string(),
      textBytes: facts.field("textBytes").number(),
      segment: facts.field("segment").integer(),
      first: facts.field("first").integer(),
      count: facts.field("count").integer(),
    },
  ];
}

function arraysOf({ text, positions, starts, leads, hashes }: SortedPart): readonly (Uint16Array | Int32Array)[] {
  return [text, positions, starts, leads, hashes];
}

/** Bytes up to the next multiple of eight. */
function paddingOf(bytes: number): number {
  return -bytes & 7;
}

class ArrayReader {
  readonly #bytes: Uint8Array;
  #offset: number;

  public constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes;
    this.#offset = offset;
  }

  /** A copy, since bytes in a file stand where they stand and arrays want to be aligned. */
  public read<A extends Uint16Array | Int32Array>(
    kind: { new (buffer: ArrayBufferLike): A; readonly BYTES_PER_ELEMENT: number },
    length: number,
  ): A {
    const byteLength = length * kind.BYTES_PER_ELEMENT;
    if (this.#offset + byteLength > this.#bytes.length) {
      throw new LmError("fileUnreadable", "it ends too early");
    }
    const buffer =
      typeof SharedArrayBuffer === "undefined" ? new ArrayBuffer(byteLength) : new SharedArrayBuffer(byteLength);
    new Uint8Array(buffer).set(this.#bytes.subarray(this.#offset, this.#offset + byteLength));
    this.#offset += byteLength + paddingOf(byteLength);
    return new kind(buffer);
  }
}
