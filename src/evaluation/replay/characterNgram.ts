import type { ContextCounts } from "../../models/counting/contextCounts.ts";
import { CountIndex } from "../../models/counting/countIndex.ts";
import { SparseSums } from "../../models/counting/sparseSums.ts";
import { ContextTrie, type Followers } from "./contextTrie.ts";

/** N: characters of an n-gram, the predicted one included. */
export const NGRAM_ORDER = 14;

/** UTF-16 units are the tokens; a unit that is no character stands for the start of a document. */
const VOCABULARY_SIZE = 65_536;
const START_ID = 0xffff;
const REPLACEMENT_ID = 0xfffd;

/** A next character. */
export interface LikelyCharacter {
  readonly unit: number;
  readonly probability: number;
}

/**
 * An n-gram model over UTF-16 units with Witten-Bell smoothing (Witten and Bell 1991, method C, interpolated): texts learnt at first are
 * in a suffix array, what is learnt later, unit by unit, in a trie, and the counts of both add up.
 */
export class CharacterNgram {
  readonly #index = new CountIndex({ vocabularySize: VOCABULARY_SIZE, startId: START_ID });
  readonly #learnt = new ContextTrie();
  readonly #indexCounts: ContextCounts;
  /** Of everything learnt, without any context. */
  readonly #unitCounts = new Uint32Array(VOCABULARY_SIZE);
  #unitTotal = 0;
  #unitTypes = 0;
  readonly #sums = new SparseSums(VOCABULARY_SIZE);
  readonly #levelCounts = new SparseSums(VOCABULARY_SIZE);
  readonly #recent = new Int32Array(NGRAM_ORDER - 1);

  public constructor(texts: readonly string[]) {
    for (const text of texts) {
      const units = unitsOf(text);
      this.#index.learn(units);
      units.forEach((unit) => {
        this.#countUnit(unit);
      });
    }
    this.#index.settle();
    this.#indexCounts = this.#index.createCounts();
  }

  /**
   * Counts one unit.
   * @param before the text before it; only its end matters
   */
  public learn(before: string, unit: number): void {
    const length = this.#readRecent(before);
    this.#learnt.learn({ recent: this.#recent, length }, checked(unit));
    this.#countUnit(checked(unit));
  }

  /** The most probable unit behind a text, of those that ever followed its last unit; undefined where there is none. */
  public mostLikely(before: string): LikelyCharacter | undefined {
    this.#addEvidence(before);
    let best: LikelyCharacter | undefined;
    for (let index = 0; index < this.#sums.size; index++) {
      const unit = this.#sums.token(index);
      const probability = this.#sums.sum(unit);
      if (best === undefined || probability > best.probability) {
        best = { unit, probability };
      }
    }
    return best;
  }

  /** The probability of a unit behind a text. */
  public probability(before: string, unit: number): number {
    const weight = this.#addEvidence(before);
    const token = checked(unit);
    return this.#sums.has(token) ? this.#sums.sum(token) : weight * this.#unigramProbability(token);
  }

  /** Fills `#sums` with the probabilities of all units seen in any context; returns the weight of the unigrams for the others. */
  #addEvidence(before: string): number {
    const length = this.#readRecent(before);
    const query = { recent: this.#recent, length };
    this.#index.collect(
      { ...query, maxDepth: NGRAM_ORDER - 1, isUnbounded: false, kind: "occurrences" },
      this.#indexCounts,
    );
    const learnt = this.#learnt.followers(query);
    this.#sums.clear();
    let weight = 1;
    for (let depth = length; depth > 0; depth--) {
      weight = this.#addLevel({ depth, learnt: learnt[depth - 1] }, weight);
    }
    for (let index = 0; index < this.#sums.size; index++) {
      const token = this.#sums.token(index);
      this.#sums.add(token, weight * this.#unigramProbability(token));
    }
    return weight;
  }

  /** p(w | c) = (count(c w) + T(c) p(w | shorter c)) / (count(c) + T(c)): adds the first part, returns the weight of the second. */
  #addLevel(
    { depth, learnt }: { readonly depth: number; readonly learnt: Followers | undefined },
    weight: number,
  ): number {
    const { levels, tokens, counts } = this.#indexCounts;
    this.#levelCounts.clear();
    let total = 0;
    const add = (token: number, count: number): void => {
      this.#levelCounts.add(token, count);
      total += count;
    };
    const level = levels.find((some) => some.depth === depth);
    for (let index = level?.from ?? 0; index < (level?.to ?? 0); index++) {
      add(tokens[index] as number, counts[index] as number);
    }
    learnt?.units.forEach((unit, index) => {
      add(unit, learnt.counts[index] ?? 0);
    });
    const types = this.#levelCounts.size;
    if (types === 0) {
      return weight;
    }
    for (let index = 0; index < types; index++) {
      const token = this.#levelCounts.token(index);
      this.#sums.add(token, (weight * this.#levelCounts.sum(token)) / (total + types));
    }
    return (weight * types) / (total + types);
  }

  /** Interpolated with a uniform guess. */
  #unigramProbability(unit: number): number {
    const uniform = 1 / (VOCABULARY_SIZE - 1);
    return (
      ((this.#unitCounts[unit] as number) + Math.max(1, this.#unitTypes) * uniform) /
      (this.#unitTotal + Math.max(1, this.#unitTypes))
    );
  }

  #countUnit(unit: number): void {
    const count = this.#unitCounts[unit] as number;
    this.#unitCounts[unit] = count + 1;
    this.#unitTotal++;
    this.#unitTypes += count === 0 ? 1 : 0;
  }

  /** Writes the last units, newest first, and START where the text is shorter than a context. */
  #readRecent(before: string): number {
    let length = 0;
    for (let index = before.length - 1; index >= 0 && length < this.#recent.length; index--) {
      this.#recent[length++] = checked(before.charCodeAt(index));
    }
    if (length < this.#recent.length) {
      this.#recent[length++] = START_ID;
    }
    return length;
  }
}

function unitsOf(text: string): Uint16Array {
  return Uint16Array.from({ length: text.length }, (_, index) => checked(text.charCodeAt(index)));
}

function checked(unit: number): number {
  return unit === START_ID ? REPLACEMENT_ID : unit;
}
