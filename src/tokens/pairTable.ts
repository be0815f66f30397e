const EMPTY = -1;

/** Numbers distinct pairs of ints 0, 1, 2, … in the order of their first addition. */
export class PairTable {
  #lefts: Int32Array;
  #rights: Int32Array;
  #slots: Int32Array;
  #size = 0;

  public constructor(expectedPairs = 512) {
    let slotCount = 16;
    while (slotCount < expectedPairs * 2) {
      slotCount *= 2;
    }
    this.#slots = new Int32Array(slotCount).fill(EMPTY);
    this.#lefts = new Int32Array(slotCount / 2);
    this.#rights = new Int32Array(slotCount / 2);
  }

  /** Number of pairs. */
  public get size(): number {
    return this.#size;
  }

  public left(index: number): number {
    return this.#lefts[index] as number;
  }

  public right(index: number): number {
    return this.#rights[index] as number;
  }

  /** The number of a pair, or −1. */
  public find(left: number, right: number): number {
    return this.#slots[this.#slotOf(left, right)] as number;
  }

  /** The number of a pair, a new one where it is met first. */
  public findOrAdd(left: number, right: number): number {
    const slot = this.#slotOf(left, right);
    const found = this.#slots[slot] as number;
    if (found !== EMPTY) {
      return found;
    }
    const index = this.#size++;
    this.#lefts[index] = left;
    this.#rights[index] = right;
    this.#slots[slot] = index;
    if (this.#size * 2 >= this.#slots.length) {
      this.#grow();
    }
    return index;
  }

  /** Where the pair is, or the empty slot where it would go. */
  #slotOf(left: number, right: number): number {
    const mask = this.#slots.length - 1;
    let hash = Math.imul(Math.imul(left, 0x9e3779b1) ^ right, 0x85ebca6b);
    hash ^= hash >>> 13;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const index = this.#slots[slot] as number;
      if (index === EMPTY || (this.#lefts[index] === left && this.#rights[index] === right)) {
        return slot;
      }
    }
  }

  #grow(): void {
    const slotCount = this.#slots.length * 2;
    const lefts = new Int32Array(slotCount / 2);
    const rights = new Int32Array(slotCount / 2);
    lefts.set(this.#lefts);
    rights.set(this.#rights);
    this.#lefts = lefts;
    this.#rights = rights;
    this.#slots = new Int32Array(slotCount).fill(EMPTY);
    for (let index = 0; index < this.#size; index++) {
      this.#slots[this.#slotOf(lefts[index] as number, rights[index] as number)] = index;
    }
  }
}
