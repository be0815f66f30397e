/** A growing list of int32 in one typed array. */
export class IntList {
  #items: Int32Array;
  #length = 0;

  public constructor(capacity = 1024) {
    this.#items = new Int32Array(Math.max(1, capacity));
  }

  public get length(): number {
    return this.#length;
  }

  /** The item at `index`, which has to be below `length`. */
  public at(index: number): number {
    return this.#items[index] as number;
  }

  public set(index: number, item: number): void {
    this.#items[index] = item;
  }

  public push(item: number): void {
    this.#reserve(1);
    this.#items[this.#length++] = item;
  }

  /** Appends all of `items`. */
  public pushAll(items: Int32Array): void {
    this.#reserve(items.length);
    this.#items.set(items, this.#length);
    this.#length += items.length;
  }

  /** A copy of the items; the caller owns it. */
  public toArray(): Int32Array {
    return this.#items.slice(0, this.#length);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed > this.#items.length) {
      const grown = new Int32Array(Math.max(needed, this.#items.length * 2));
      grown.set(this.#items.subarray(0, this.#length));
      this.#items = grown;
    }
  }
}
