import type { BatchLanguageModel } from "../../../src/models/languageModel.ts";
import { decodeUtf8, encodeUtf8 } from "../../../src/base/utf8.ts";
import type { SerializedVocabulary, Vocabulary } from "../../../src/tokens/vocabulary.ts";

/** A vocabulary of given pieces behind START and END; encodes greedily, the longest piece first. */
export class ToyVocabulary implements Vocabulary {
  public readonly kind = "bpe";
  public readonly startId = 0;
  public readonly endId = 1;
  public readonly size: number;
  readonly #pieces: readonly Uint8Array[];

  public constructor(pieces: readonly (string | Uint8Array)[]) {
    const bytes = pieces.map((piece) => (typeof piece === "string" ? encodeUtf8(piece) : piece));
    this.#pieces = [new Uint8Array(0), new Uint8Array(0), ...bytes];
    this.size = this.#pieces.length;
  }

  public encode(text: string): Int32Array {
    const bytes = encodeUtf8(text);
    const ids: number[] = [];
    for (let at = 0; at < bytes.length;) {
      const fits = this.#pieces
        .map((piece, id) => ({ piece, id }))
        .filter(({ piece }) => piece.length > 0 && piece.every((byte, n) => byte === bytes[at + n]))
        .sort((a, b) => b.piece.length - a.piece.length)[0];
      if (fits === undefined) {
        throw new RangeError(`Expected a piece for ${text}`);
      }
      ids.push(fits.id);
      at += fits.piece.length;
    }
    return Int32Array.from(ids);
  }

  public decode(ids: ArrayLike<number>): string {
    return decodeUtf8(Array.from(ids).flatMap((id) => [...this.pieceBytes(id)]));
  }

  public pieceBytes(id: number): Uint8Array {
    return this.#pieces[id]!;
  }

  /** Pieces end at spaces and line ends. */
  public lastBoundary(text: string): number {
    return Math.max(text.lastIndexOf(" "), text.lastIndexOf("\n")) + 1;
  }

  public serialize(): SerializedVocabulary {
    throw new Error("Toys are not stored");
  }
}

/** A model whose state is the tokens read, with a distribution that is any function of them. */
export class ToyModel implements BatchLanguageModel<readonly number[]> {
  public readonly vocabularySize: number;
  public stepCount = 0;
  readonly #weight: (state: readonly number[], token: number) => number;

  /** @param weight unnormalised probability of a token after others */
  public constructor(vocabularySize: number, weight: (state: readonly number[], token: number) => number) {
    this.vocabularySize = vocabularySize;
    this.#weight = weight;
  }

  public initialState(): readonly number[] {
    return [];
  }

  public advance(state: readonly number[], token: number): readonly number[] {
    this.stepCount++;
    return [...state, token];
  }

  public advanceAll(states: readonly (readonly number[])[], tokens: readonly number[]): readonly (readonly number[])[] {
    return states.map((state, lane) => this.advance(state, tokens[lane]!));
  }

  public logProbabilities(state: readonly number[], out: Float32Array): void {
    for (let token = 0; token < this.vocabularySize; token++) {
      out[token] = Math.log(this.probability(state, token));
    }
  }

  public logProbabilitiesAll(states: readonly (readonly number[])[], out: readonly Float32Array[]): void {
    for (const [lane, state] of states.entries()) {
      this.logProbabilities(state, out[lane]!);
    }
  }

  public probability(state: readonly number[], token: number): number {
    let sum = 0;
    for (let other = 0; other < this.vocabularySize; other++) {
      sum += this.#weight(state, other);
    }
    return this.#weight(state, token) / sum;
  }
}

/** A model that likes some tokens after some others, without pattern but always the same. */
export function irregularModel(vocabulary: Vocabulary, seed: number): ToyModel {
  return new ToyModel(vocabulary.size, (state, token) => {
    let hash = seed;
    for (const id of [...state.slice(-3), token]) {
      hash = Math.imul(hash ^ (id + 17), 0x9e3779b1) >>> 0;
    }
    return token === vocabulary.startId ? 1e-6 : 0.05 + (hash >>> 8) / 2 ** 24;
  });
}

/** Runs a generator to its end. */
export function finish<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) {
      return step.value;
    }
  }
}

/**
 * Probability that what comes after `state` begins with `bytes`: the sum over all token sequences, each followed until it covers them.
 */
export function bruteForceProbability(
  model: ToyModel,
  vocabulary: Vocabulary,
  { state, bytes }: { readonly state: readonly number[]; readonly bytes: ArrayLike<number> },
): number {
  if (bytes.length === 0) {
    return 1;
  }
  let sum = 0;
  for (let token = 0; token < vocabulary.size; token++) {
    const piece = vocabulary.pieceBytes(token);
    const shared = Math.min(piece.length, bytes.length);
    if (shared > 0 && Array.from(piece.subarray(0, shared)).every((byte, n) => byte === bytes[n])) {
      const rest = Array.from(bytes).slice(piece.length);
      sum +=
        model.probability(state, token) *
        bruteForceProbability(model, vocabulary, { state: [...state, token], bytes: rest });
    }
  }
  return sum;
}
