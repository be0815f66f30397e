import { encodeUtf8, isHighSurrogate, scalarValueAt } from "../base/utf8.ts";
import { type SerializedPiece, type SerializedVocabulary, START_ID, type Vocabulary } from "./vocabulary.ts";

/** The pieces every character vocabulary begins with, in id order. */
export const CHAR_MARKS: readonly SerializedPiece[] = [{ mark: "start" }, { mark: "end" }, { mark: "unknown" }];

const UNKNOWN_ID = 2;
const ASCII_COUNT = 0x80;

/**
 * One token a character (code point). What is not in the vocabulary, lone surrogates included, is one unknown token, which
 * decodes to U+FFFD.
 */
export class CharVocabulary implements Vocabulary {
  public readonly kind = "char";
  public readonly startId = START_ID;
  public readonly endId = 1;
  public readonly unknownId = UNKNOWN_ID;
  public readonly size: number;
  readonly #texts: readonly string[];
  readonly #bytes: readonly Uint8Array[];
  readonly #asciiIds = new Int32Array(ASCII_COUNT).fill(UNKNOWN_ID);
  readonly #ids = new Map<number, number>();

  /** @param characters distinct single characters; they get the ids 3, 4, … in this order */
  public constructor(characters: readonly string[]) {
    this.size = CHAR_MARKS.length + characters.length;
    this.#texts = ["", "", "\ufffd", ...characters];
    this.#bytes = [...CHAR_MARKS.map(() => new Uint8Array(0)), ...characters.map(encodeUtf8)];
    characters.forEach((character, index) => {
      const codePoint = scalarValueAt(character, 0);
      const id = CHAR_MARKS.length + index;
      this.#ids.set(codePoint, id);
      if (codePoint < ASCII_COUNT) {
        this.#asciiIds[codePoint] = id;
      }
    });
  }

  public encode(text: string): Int32Array {
    const ids = new Int32Array(text.length);
    let count = 0;
    for (let utf16Offset = 0; utf16Offset < text.length;) {
      const unit = text.charCodeAt(utf16Offset);
      if (unit < ASCII_COUNT) {
        ids[count++] = this.#asciiIds[unit] as number;
        utf16Offset++;
      } else {
        const codePoint = scalarValueAt(text, utf16Offset);
        ids[count++] = this.#ids.get(codePoint) ?? UNKNOWN_ID;
        utf16Offset += codePoint > 0xffff ? 2 : 1;
      }
    }
    return ids.slice(0, count);
  }

  public decode(ids: ArrayLike<number>): string {
    let text = "";
    for (let i = 0; i < ids.length; i++) {
      text += this.#texts[ids[i] as number] ?? "";
    }
    return text;
  }

  public pieceBytes(id: number): Uint8Array {
    const bytes = this.#bytes[id];
    if (bytes === undefined) {
      throw new RangeError(`Expected \`id\` to be in [0, ${this.size}), got ${id}`);
    }
    return bytes;
  }

  /** Behind the last character; a high surrogate at the end may still become half of one. */
  public lastBoundary(text: string): number {
    return isHighSurrogate(text.charCodeAt(text.length - 1)) ? text.length - 1 : text.length;
  }

  public serialize(): SerializedVocabulary {
    const characters = this.#texts.slice(CHAR_MARKS.length).map((text) => ({ text }));
    return { kind: "char", pieces: [...CHAR_MARKS, ...characters], merges: [] };
  }
}
