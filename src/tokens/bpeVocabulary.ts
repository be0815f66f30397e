import { ChunkCache } from "./chunkCache.ts";
import { chunkEnd, lastChunkBoundary } from "./chunkScanner.ts";
import { PairTable } from "./pairTable.ts";
import { decodeUtf8, encodeUtf8, scalarValueAt, writeCodePoint } from "../base/utf8.ts";
import { type SerializedPiece, type SerializedVocabulary, START_ID, type Vocabulary } from "./vocabulary.ts";

/** UTF-8 bytes of one UTF-16 unit at most, hence ids of one unit at most. */
const MAX_IDS_PER_UNIT = 3;
const NONE = -1;

export interface BpePieces {
  /** In id order; START, END, all of ASCII and all bytes of UTF-8 above it among them. */
  readonly pieces: readonly SerializedPiece[];
  /** In rank order; the two texts joined are a piece. */
  readonly merges: readonly (readonly [number, number])[];
}

/**
 * Byte-fallback byte-pair encoding. Any well-formed text round-trips; a lone surrogate is read as U+FFFD. No piece crosses
 * a newline or another edge of a chunk (see `chunkScanner.ts`), and characters outside the alphabet are bytes that never
 * join a piece.
 */
export class BpeVocabulary implements Vocabulary {
  public readonly kind = "bpe";
  public readonly startId = START_ID;
  public readonly endId = 1;
  public readonly size: number;
  readonly #source: BpePieces;
  readonly #texts: readonly string[];
  readonly #bytes: readonly Uint8Array[];
  readonly #asciiIds = new Int32Array(0x80);
  readonly #byteIds = new Int32Array(0x100).fill(NONE);
  readonly #characterIds = new Map<number, number>();
  /** The number of a pair is its rank. */
  readonly #merges: PairTable;
  readonly #merged: Int32Array;
  readonly #cache = new ChunkCache();
  /** Ids of the text being encoded, and how many there are. */
  #scratch = new Int32Array(4096);
  #count = 0;
  readonly #utf8 = new Uint8Array(4);

  public constructor(source: BpePieces) {
    this.#source = source;
    this.size = source.pieces.length;
    this.#texts = source.pieces.map((piece) => ("text" in piece ? piece.text : ""));
    this.#bytes = source.pieces.map(bytesOfPiece);
    source.pieces.forEach((piece, id) => {
      if ("byte" in piece) {
        this.#byteIds[piece.byte] = id;
      } else if ("text" in piece) {
        this.#learnCharacter(piece.text, id);
      }
    });
    const idOfText = new Map(this.#texts.map((text, id) => [text, id]));
    this.#merges = new PairTable(source.merges.length);
    this.#merged = new Int32Array(source.merges.length);
    for (const [left, right] of source.merges) {
      const rank = this.#merges.findOrAdd(left, right);
      this.#merged[rank] = idOfText.get(`${this.#texts[left] ?? ""}${this.#texts[right] ?? ""}`) ?? NONE;
    }
  }

  public encode(text: string): Int32Array {
    this.#count = 0;
    for (let start = 0; start < text.length;) {
      const end = chunkEnd(text, start);
      this.#reserve((end - start) * MAX_IDS_PER_UNIT);
      this.#appendChunk(text, start, end);
      start = end;
    }
    return this.#scratch.slice(0, this.#count);
  }

  public decode(ids: ArrayLike<number>): string {
    let text = "";
    const pending: number[] = [];
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] as number;
      const pieceText = this.#texts[id] ?? "";
      if (pieceText === "") {
        pending.push(...this.pieceBytes(id));
        continue;
      }
      if (pending.length > 0) {
        text += decodeUtf8(pending.splice(0));
      }
      text += pieceText;
    }
    return text + decodeUtf8(pending);
  }

  public pieceBytes(id: number): Uint8Array {
    const bytes = this.#bytes[id];
    if (bytes === undefined) {
      throw new RangeError(`Expected \`id\` to be in [0, ${this.size}), got ${id}`);
    }
    return bytes;
  }

  public lastBoundary(text: string): number {
    return lastChunkBoundary(text);
  }

  public serialize(): SerializedVocabulary {
    return { kind: "bpe", pieces: this.#source.pieces, merges: this.#source.merges };
  }

  #learnCharacter(text: string, id: number): void {
    const codePoint = scalarValueAt(text, 0);
    if (text.length !== (codePoint > 0xffff ? 2 : 1)) {
      return;
    }
    if (codePoint < 0x80) {
      this.#asciiIds[codePoint] = id;
    } else {
      this.#characterIds.set(codePoint, id);
    }
  }

  #appendChunk(text: string, start: number, end: number): void {
    const first = this.#count;
    if (end === start + 1 && text.charCodeAt(start) < 0x80) {
      this.#scratch[this.#count++] = this.#asciiIds[text.charCodeAt(start)] as number;
      return;
    }
    const known = this.#cache.read(text, start, end, this.#scratch, first);
    if (known >= 0) {
      this.#count = known;
      return;
    }
    this.#appendCharacters(text, start, end);
    this.#mergeFrom(first);
    this.#cache.write(text, start, end, this.#scratch, first, this.#count);
  }

  #appendCharacters(text: string, start: number, end: number): void {
    const ids = this.#scratch;
    let length = this.#count;
    for (let utf16Offset = start; utf16Offset < end;) {
      const codePoint = scalarValueAt(text, utf16Offset);
      utf16Offset += codePoint > 0xffff ? 2 : 1;
      const id = codePoint < 0x80 ? (this.#asciiIds[codePoint] as number) : this.#characterIds.get(codePoint);
      if (id !== undefined) {
        ids[length++] = id;
      } else {
        const byteCount = writeCodePoint(codePoint, this.#utf8, 0);
        for (let i = 0; i < byteCount; i++) {
          ids[length++] = this.#byteIds[this.#utf8[i] as number] as number;
        }
      }
    }
    this.#count = length;
  }

  /** Joins, from index `from` on, the pair of lowest rank, the leftmost among equals, until no pair can be joined. */
  #mergeFrom(from: number): void {
    const ids = this.#scratch;
    let end = this.#count;
    for (;;) {
      let bestRank = NONE;
      let bestPlace = NONE;
      for (let place = from; place + 1 < end; place++) {
        const rank = this.#merges.find(ids[place] as number, ids[place + 1] as number);
        if (rank !== NONE && (bestRank === NONE || rank < bestRank)) {
          bestRank = rank;
          bestPlace = place;
        }
      }
      if (bestRank === NONE) {
        this.#count = end;
        return;
      }
      ids[bestPlace] = this.#merged[bestRank] as number;
      ids.copyWithin(bestPlace + 1, bestPlace + 2, end);
      end--;
    }
  }

  #reserve(idCount: number): void {
    if (this.#count + idCount > this.#scratch.length) {
      const grown = new Int32Array(this.#scratch.length * 2);
      grown.set(this.#scratch);
      this.#scratch = grown;
    }
  }
}

function bytesOfPiece(piece: SerializedPiece): Uint8Array {
  if ("byte" in piece) {
    return Uint8Array.of(piece.byte);
  }
  return "text" in piece ? encodeUtf8(piece.text) : new Uint8Array(0);
}
