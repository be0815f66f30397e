import { LmError } from "../../base/errors.ts";
import { PlainValue, PlainValueError } from "../../base/plainValue.ts";
import type { FileStore } from "../../base/ports.ts";
import { encodeUtf8 } from "../../base/utf8.ts";
import type { SerializedVocabulary, Vocabulary } from "../../tokens/vocabulary.ts";
import { restoreVocabulary } from "../../tokens/restoreVocabulary.ts";
import type { BarrenFacts } from "./barrenFiles.ts";
import type { ShelvedFile, SortedPart } from "./segmentShelf.ts";

/** A workspace's counts as they lie on the disk. */
export interface StoredCounts {
  readonly vocabulary: Vocabulary;
  readonly parts: readonly SortedPart[];
  /** `segment` is the index of a part. */
  readonly files: readonly StoredFile[];
  /** What was read and has nothing to count. */
  readonly barren: readonly StoredBarren[];
}

type StoredFile = readonly [path: string, file: ShelvedFile];
type StoredBarren = readonly [path: string, facts: BarrenFacts];

export type CountsRead =
  /** `lostReason` is for the log: what was in some parts is missing; null where all is there. */
  | { readonly kind: "counts"; readonly counts: StoredCounts; readonly lostReason: string | null }
  | { readonly kind: "missing" }
  /** `reason` is for the log. */
  | { readonly kind: "unusable"; readonly reason: string };

export type Sha256 = (chunks: readonly Uint8Array[]) => string;

/** What keeps counts needs of the world. */
export interface CountStorePorts {
  readonly files: FileStore;
  readonly sha256: Sha256;
}

/** The manifest's first bytes: `INKLING COUNTS`, the version, a newline. */
const MAGIC = "INKLING COUNTS 2\n";
const DIGEST_CHARS = 64;
const MANIFEST_NAME = "counts.bin";
const PART_NAME = /^counts-[0-9a-f]{64}\.bin$/;

/**
 * Counts in a directory: a file for each sorted part, named by its digest and never changed, and a manifest that names them. What is
 * written is what is new, and the manifest last: a reader or a crash sees the old counts or the new ones. A part that is damaged costs the
 * files that were counted in it, and nothing else.
 *
 * Text and sorted positions are kept, six bytes a token, and the rest is derived: against tokens alone this is three times the
 * bytes and spares the sorting, which is most of the time that counting takes once files need not be read.
 */
export class CountStore {
  readonly #directory: string;
  readonly #ports: CountStorePorts;
  /** By the positions of a part. */
  readonly #digests = new WeakMap<Int32Array, string>();
  /** Digests of the parts that are on the disk. */
  readonly #present = new Set<string>();

  public constructor(directory: string, ports: CountStorePorts) {
    this.#directory = directory;
    this.#ports = ports;
  }

  /** Replaces the counts. Throws `LmError`. */
  public async write({
    vocabulary,
    parts,
    files,
    barren,
  }: Omit<StoredCounts, "vocabulary"> & { readonly vocabulary: SerializedVocabulary }): Promise<void> {
    const { files: store, sha256 } = this.#ports;
    await store.makeDirectory(this.#directory);
    const named: { readonly digest: string; readonly lengths: readonly number[] }[] = [];
    for (const part of parts) {
      const digest = await this.#writePart(part);
      named.push({ digest, lengths: arraysOf(part).map(({ length }) => length) });
    }
    const body = encodeUtf8(JSON.stringify({ vocabulary, parts: named, files, barren }));
    await store.writeFileAtomically(this.#path(MANIFEST_NAME), [encodeUtf8(MAGIC + sha256([body])), body]);
    await this.#removeAllBut(new Set(named.map(({ digest }) => digest)));
  }

  /** What was written last. */
  public async read(): Promise<CountsRead> {
    const { files } = this.#ports;
    const path = this.#path(MANIFEST_NAME);
    try {
      if ((await files.stat(path))?.kind !== "file") {
        return { kind: "missing" };
      }
      const manifest = parseManifest(await files.readFile(path), this.#ports.sha256);
      return typeof manifest === "string" ? { kind: "unusable", reason: manifest } : await this.#readParts(manifest);
    } catch (error) {
      if (isBadFile(error)) {
        return { kind: "unusable", reason: error.message };
      }
      throw error;
    }
  }

  async #readParts({ vocabulary, parts: named, files, barren }: Manifest): Promise<CountsRead> {
    const parts: SortedPart[] = [];
    /** Indices among the parts that are there. */
    const indices = new Map<number, number>();
    for (const [index, { digest, lengths }] of named.entries()) {
      const part = await this.#readPart(digest, lengths);
      if (part !== undefined) {
        indices.set(index, parts.length);
        parts.push(part);
      }
    }
    const living = files.flatMap(([path, file]): readonly StoredFile[] => {
      const segment = indices.get(file.segment);
      return segment === undefined ? [] : [[path, { ...file, segment }]];
    });
    const lostReason =
      parts.length === named.length
        ? null
        : `${named.length - parts.length} of its ${named.length} parts are damaged or missing, in which ${files.length - living.length} files were counted`;
    return { kind: "counts", counts: { vocabulary, parts, files: living, barren }, lostReason };
  }

  /** Undefined where the file is missing or not what was written. */
  async #readPart(digest: string, lengths: readonly number[]): Promise<SortedPart | undefined> {
    const { files, sha256 } = this.#ports;
    try {
      const bytes = await files.readFile(this.#path(partName(digest)));
      if (sha256([bytes]) !== digest) {
        return undefined;
      }
      const part = readArrays(new ArrayReader(bytes), lengths);
      this.#digests.set(part.positions, digest);
      this.#present.add(digest);
      return part;
    } catch (error) {
      if (isBadFile(error)) {
        return undefined;
      }
      throw error;
    }
  }

  async #writePart(part: SortedPart): Promise<string> {
    const { files, sha256 } = this.#ports;
    const known = this.#digests.get(part.positions);
    if (known !== undefined && this.#present.has(known)) {
      return known;
    }
    const chunks = arraysOf(part).flatMap((array) => [
      new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
      new Uint8Array(paddingOf(array.byteLength)),
    ]);
    const digest = sha256(chunks);
    await files.writeFileAtomically(this.#path(partName(digest)), chunks);
    this.#digests.set(part.positions, digest);
    this.#present.add(digest);
    return digest;
  }

  /** Removes parts that no manifest names any more. What cannot be removed now is tried again after the next write. */
  async #removeAllBut(digests: ReadonlySet<string>): Promise<void> {
    const { files } = this.#ports;
    try {
      for (const { name } of await files.listDirectory(this.#directory)) {
        const digest = name.slice("counts-".length, "counts-".length + DIGEST_CHARS);
        if (PART_NAME.test(name) && !digests.has(digest)) {
          this.#present.delete(digest);
          await files.removeFile(this.#path(name));
        }
      }
    } catch (error) {
      if (!(error instanceof LmError)) {
        throw error;
      }
    }
  }

  #path(name: string): string {
    return this.#ports.files.join(this.#directory, name);
  }
}

interface Manifest {
  readonly vocabulary: Vocabulary;
  readonly parts: readonly { readonly digest: string; readonly lengths: readonly number[] }[];
  readonly files: readonly StoredFile[];
  readonly barren: readonly StoredBarren[];
}

function partName(digest: string): string {
  return `counts-${digest}.bin`;
}

function isBadFile(error: unknown): error is Error {
  return error instanceof LmError || error instanceof PlainValueError || error instanceof SyntaxError;
}

/** Returns why it cannot be used where it cannot. */
function parseManifest(bytes: Uint8Array, sha256: Sha256): Manifest | string {
  const bodyStart = MAGIC.length + DIGEST_CHARS;
  const prefix = new TextDecoder("latin1").decode(bytes.subarray(0, bodyStart));
  if (!prefix.startsWith(MAGIC)) {
    return prefix.startsWith("INKLING COUNTS") ? "it is of another version" : "it is not an index of Inkling";
  }
  const body = bytes.subarray(bodyStart);
  if (sha256([body]) !== prefix.slice(MAGIC.length)) {
    return "it is damaged";
  }
  const root = new PlainValue(JSON.parse(new TextDecoder().decode(body)), "counts");
  return {
    vocabulary: restoreVocabulary(root.field("vocabulary").raw),
    parts: root
      .field("parts")
      .items()
      .map((part) => ({
        digest: part.field("digest").string(),
        lengths: part
          .field("lengths")
          .items()
          .map((length) => length.integer()),
      })),
    files: root.field("files").items().map(readFile),
    // An index of earlier days has none of these.
    barren: root.object()["barren"] === undefined ? [] : root.field("barren").items().map(readBarren),
  };
}

function readArrays(reader: ArrayReader, lengths: readonly number[]): SortedPart {
  const [text = 0, positions = 0, starts = 0, leads = 0, hashes = 0] = lengths;
  return {
    text: reader.read(Uint16Array, text),
    positions: reader.read(Int32Array, positions),
    starts: reader.read(Int32Array, starts),
    leads: reader.read(Uint16Array, leads),
    hashes: reader.read(Int32Array, hashes),
  };
}

function readFile(item: PlainValue): StoredFile {
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

function readBarren(item: PlainValue): StoredBarren {
  const [path, facts] = item.items();
  if (path === undefined || facts === undefined) {
    throw item.mismatch("a path with facts");
  }
  return [
    path.string(),
    { sizeBytes: facts.field("sizeBytes").number(), modifiedEpochMs: facts.field("modifiedEpochMs").number() },
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
  #offset = 0;

  public constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
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
