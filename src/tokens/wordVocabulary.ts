import { encodeUtf8 } from "../base/utf8.ts";
import { START_ID } from "./vocabulary.ts";

/** What stands for words that are not in the vocabulary, as the Penn Treebank writes it. */
const UNKNOWN = "<unk>";
const END_ID = 1;
const FIRST_WORD_ID = 2;

/** Plain data from which an equal vocabulary of words can be made. */
export interface SerializedWords {
  readonly kind: "word";
  /** In the order of their ids; `<unk>` only where the text itself had it. */
  readonly words: readonly string[];
}

/** One token a word, where words are what white space separates. Closed: other words are one unknown token. */
export class WordVocabulary {
  public readonly kind = "word";
  public readonly startId = START_ID;
  public readonly endId = END_ID;
  public readonly unknownId: number;
  public readonly size: number;
  readonly #words: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;
  readonly #isUnknownText: boolean;

  /** @param words distinct; they get the ids 2, 3, … in this order; `<unk>` is added in front where it is missing */
  public constructor(words: readonly string[]) {
    this.#isUnknownText = words.includes(UNKNOWN);
    this.#words = this.#isUnknownText ? words : [UNKNOWN, ...words];
    this.#ids = new Map(this.#words.map((word, index) => [word, FIRST_WORD_ID + index]));
    this.unknownId = this.#ids.get(UNKNOWN) as number;
    this.size = FIRST_WORD_ID + this.#words.length;
  }

  /** The ids of a line's words; its end has none. */
  public encode(line: string): Int32Array {
    return Int32Array.from(wordsOf(line), (word) => this.#ids.get(word) ?? this.unknownId);
  }

  /** The words with spaces between them, END as a line end. */
  public decode(ids: ArrayLike<number>): string {
    let text = "";
    for (let index = 0; index < ids.length; index++) {
      const id = ids[index] as number;
      const space = text === "" || text.endsWith("\n") ? "" : " ";
      text += id < FIRST_WORD_ID ? endText(id) : `${space}${this.#words[id - FIRST_WORD_ID] ?? ""}`;
    }
    return text;
  }

  /** Bytes of a word with the space or line end behind it; none for the marks, nor for words that are only known to be unknown. */
  public pieceBytes(id: number): Uint8Array {
    const word = this.#words[id - FIRST_WORD_ID];
    return word === undefined || (id === this.unknownId && !this.#isUnknownText)
      ? new Uint8Array(0)
      : encodeUtf8(`${word} `);
  }

  public serialize(): SerializedWords {
    return { kind: "word", words: this.#isUnknownText ? this.#words : this.#words.slice(1) };
  }
}

/**
 * The vocabulary of lines: their most frequent words, of equals the first ones. Where the text marks unknown words itself, every word is kept;
 * else one that occurs once is unknown, so that there is something to learn about unknown words.
 * @param vocabularySize ids at most
 */
export function trainWordVocabulary(
  lines: Iterable<string>,
  { vocabularySize }: { readonly vocabularySize: number },
): WordVocabulary {
  const counts = new Map<string, number>();
  for (const line of lines) {
    for (const word of wordsOf(line)) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  const least = counts.has(UNKNOWN) ? 1 : 2;
  const kept = [...counts]
    .filter(([, count]) => count >= least)
    .sort(([, left], [, right]) => right - left)
    .slice(0, Math.max(1, vocabularySize - FIRST_WORD_ID - 1))
    .map(([word]) => word);
  return new WordVocabulary(kept);
}

function wordsOf(line: string): readonly string[] {
  return line.split(/\s+/u).filter((word) => word !== "");
}

function endText(id: number): string {
  return id === END_ID ? "\n" : "";
}
