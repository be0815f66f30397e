import { IntList } from "../tokens/intList.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";

/**
 * Documents as one array of tokens: START, the document's tokens, END, and so on.
 * A model reads each token but END and predicts each but START, so a document of n tokens has n − 1 predictions; START is
 * given, END counts as a prediction that stands for no bytes, and nothing is predicted across two documents.
 */
export interface TokenStream {
  /** int32 [tokens] */
  readonly tokens: Int32Array;
  /** int32 [documents + 1]: index in `tokens` of each document's START; the last entry is `tokens.length`. */
  readonly documentStarts: Int32Array;
  readonly documentCount: number;
  /** Number of predictions in one pass: all tokens but the STARTs. */
  readonly predictedTokens: number;
  /**
   * UTF-8 bytes that the predicted tokens stand for: all of the documents', but for characters unknown to a character
   * vocabulary. Naming an unknown character is not predicting it, so its bytes do not count as predicted.
   */
  readonly bytes: number;
  /** uint16 [V]: UTF-8 bytes of each piece of the vocabulary; 0 for the marks and what stands for anything unknown. */
  readonly pieceBytes: Uint16Array;
}

/** Collects documents one by one, so that a long encoding can pause between them. */
export class TokenStreamBuilder {
  readonly #vocabulary: Vocabulary;
  readonly #tokens = new IntList(1 << 16);
  readonly #documentStarts = new IntList();
  /** UTF-8 bytes of each piece. */
  readonly #pieceBytes: Uint16Array;
  #bytes = 0;

  public constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
    this.#pieceBytes = Uint16Array.from({ length: vocabulary.size }, (_, id) => vocabulary.pieceBytes(id).length);
  }

  /** Appends a document. */
  public add(text: string): void {
    this.#documentStarts.push(this.#tokens.length);
    this.#tokens.push(this.#vocabulary.startId);
    const ids = this.#vocabulary.encode(text);
    this.#tokens.pushAll(ids);
    this.#tokens.push(this.#vocabulary.endId);
    for (const id of ids) {
      this.#bytes += this.#pieceBytes[id] as number;
    }
  }

  /** The stream of all documents added so far, in the order of their addition. */
  public finish(): TokenStream {
    const documentCount = this.#documentStarts.length;
    this.#documentStarts.push(this.#tokens.length);
    const tokens = this.#tokens.toArray();
    return {
      tokens,
      documentStarts: this.#documentStarts.toArray(),
      documentCount,
      predictedTokens: tokens.length - documentCount,
      bytes: this.#bytes,
      pieceBytes: this.#pieceBytes,
    };
  }
}

/** The stream of `texts` in their order. */
export function encodeDocuments(texts: Iterable<string>, vocabulary: Vocabulary): TokenStream {
  const builder = new TokenStreamBuilder(vocabulary);
  for (const text of texts) {
    builder.add(text);
  }
  return builder.finish();
}
