import type { CountList } from "./successorTally.ts";

/** Entries of kept lists at most, six bytes each; beyond it all are dropped. */
const MAX_ENTRIES = 1 << 20;
const ENTRY_BYTES = 6;

/** Counts after contexts that are dear to make, until what they were made of changes. */
export class KeptLists {
  readonly #lists = new Map<string, CountList>();
  #entryCount = 0;

  public get byteLength(): number {
    return this.#entryCount * ENTRY_BYTES;
  }

  public get(key: string): CountList | undefined {
    return this.#lists.get(key);
  }

  public set(key: string, list: CountList): void {
    this.#entryCount += list.tokens.length;
    if (this.#entryCount > MAX_ENTRIES) {
      this.#lists.clear();
      this.#entryCount = list.tokens.length;
    }
    this.#lists.set(key, list);
  }

  public clear(): void {
    this.#lists.clear();
    this.#entryCount = 0;
  }
}
