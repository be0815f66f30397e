import { comparePassages, type Passage } from "./passage.ts";
import { extendHistory, type TokenHistory } from "./tokenHistory.ts";

/** Tokens learnt or forgotten between two yields: a millisecond, but some tens where a table of the counts is made anew. */
const SLICE_TOKENS = 64;

/** A passage and how many of its tokens are counted, its lead among them: all, unless somebody stopped in between. */
interface CountedPassage {
  readonly passage: Passage;
  count: number;
}

/** Counts that are learnt and forgotten token by token. */
export interface TokenCounts {
  learn(context: TokenHistory | null, token: number): void;
  forget(context: TokenHistory | null, token: number): void;
  /** Forgets everything. */
  clear(): void;
}

/** Counts of a bag of passages, kept by what comes and goes. */
export class PassageCounts {
  readonly #counts: TokenCounts;
  readonly #startId: number;
  readonly #counted: CountedPassage[] = [];
  #version = 0;
  #ticket = 0;

  /** @param counts empty; nobody else learns in it from now on */
  public constructor(counts: TokenCounts, startId: number) {
    this.#counts = counts;
    this.#startId = startId;
  }

  /** Changes with every change of the counts. */
  public get version(): number {
    return this.#version;
  }

  /** Counts these passages and no others; yields between small pieces of work, and ends once a newer call has come. May be given up at any time. */
  public *show(passages: readonly Passage[]): Generator<void, void> {
    const ticket = ++this.#ticket;
    const isOld = (): boolean => ticket !== this.#ticket;
    const whole = this.#counted.filter(({ passage, count }) => count === passage.tokens.length);
    const { gone, added } = comparePassages(
      whole.map(({ passage }) => passage),
      passages,
    );
    const isGone = new Set(gone);
    const leaving = this.#counted.filter(({ passage, count }) => isGone.has(passage) || count < passage.tokens.length);
    // Counting once more what stays is less work than forgetting the rest token by token.
    const isAnew = tokensOf(leaving) * 2 > tokensOf(this.#counted);
    if (isAnew) {
      this.#counts.clear();
      this.#counted.length = 0;
      this.#version++;
    }
    for (const entry of isAnew ? [] : leaving) {
      yield* this.#move(entry, { goal: entry.passage.leadCount, isOld });
      if (isOld()) {
        return;
      }
    }
    for (const passage of isAnew ? passages : added) {
      // A copy, or a stretch would keep alive all that it is a stretch of.
      const entry = { passage: { ...passage, tokens: passage.tokens.slice() }, count: passage.leadCount };
      this.#counted.push(entry);
      yield* this.#move(entry, { goal: passage.tokens.length, isOld });
      if (isOld()) {
        return;
      }
    }
  }

  *#move(
    entry: CountedPassage,
    { goal, isOld }: { readonly goal: number; readonly isOld: () => boolean },
  ): Generator<void, void> {
    const { tokens } = entry.passage;
    const contexts = contextsOf(entry.passage, this.#startId);
    for (let moved = 1; entry.count !== goal; moved++) {
      if (entry.count < goal) {
        this.#counts.learn(contexts[entry.count] as TokenHistory | null, tokens[entry.count] as number);
        entry.count++;
      } else {
        entry.count--;
        this.#counts.forget(contexts[entry.count] as TokenHistory | null, tokens[entry.count] as number);
      }
      this.#version++;
      if (moved % SLICE_TOKENS === 0) {
        yield;
        if (isOld()) {
          return;
        }
      }
    }
    if (goal === entry.passage.leadCount) {
      this.#counted.splice(this.#counted.indexOf(entry), 1);
    }
  }
}

function tokensOf(counted: readonly CountedPassage[]): number {
  return counted.reduce((sum, { passage, count }) => sum + count - passage.leadCount, 0);
}

/** What stands before each token. */
function contextsOf({ tokens, isDocumentStart }: Passage, startId: number): readonly (TokenHistory | null)[] {
  let history = isDocumentStart ? extendHistory(null, startId, startId) : null;
  return Array.from(tokens, (token) => {
    const context = history;
    history = extendHistory(history, token, startId);
    return context;
  });
}
