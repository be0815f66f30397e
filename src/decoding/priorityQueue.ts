/** Items by falling priority: a binary heap; items of equal priority come in the order in which they were put in. */
export class PriorityQueue<T> {
  readonly #heap: HeapEntry<T>[] = [];
  #addedCount = 0;

  /** The highest priority; −Infinity when empty. */
  public get highestPriority(): number {
    return this.#heap[0]?.priority ?? -Infinity;
  }

  public push(item: T, priority: number): void {
    const heap = this.#heap;
    const entry = { item, priority, order: this.#addedCount++ };
    heap.push(entry);
    let at = heap.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) {
        break;
      }
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Takes out the item of the highest priority. */
  public pop(): T | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) {
      return top?.item;
    }
    heap[0] = last;
    for (let at = 0; ;) {
      let best = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && this.#isBefore(child, best)) {
          best = child;
        }
      }
      if (best === at) {
        return top.item;
      }
      this.#swap(at, best);
      at = best;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const x = this.#heap[a] as HeapEntry<T>;
    const y = this.#heap[b] as HeapEntry<T>;
    return x.priority > y.priority || (x.priority === y.priority && x.order < y.order);
  }

  #swap(a: number, b: number): void {
    const x = this.#heap[a] as HeapEntry<T>;
    this.#heap[a] = this.#heap[b] as HeapEntry<T>;
    this.#heap[b] = x;
  }
}

interface HeapEntry<T> {
  readonly item: T;
  readonly priority: number;
  readonly order: number;
}
