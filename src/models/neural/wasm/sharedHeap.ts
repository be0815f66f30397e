const PAGE_BYTES = 65_536;

/** Every block begins at a cache line, so that threads do not write to the same one. */
const ALIGNMENT_BYTES = 64;

/** The first place is never given out: 0 stands for nothing. */
const FIRST_BYTE = ALIGNMENT_BYTES;

interface Span {
  readonly at: number;
  readonly bytes: number;
}

/**
 * Blocks of a shared WebAssembly memory, which grows as they need. Only the thread that owns it allocates; views stay valid while the
 * memory grows, because it is shared.
 */
export class SharedHeap {
  public readonly memory: WebAssembly.Memory;
  /** Free spans in the order of their places, no two of them adjacent. */
  readonly #free: Span[];
  readonly #used = new Map<number, number>();

  public constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
    this.#free = [{ at: FIRST_BYTE, bytes: memory.buffer.byteLength - FIRST_BYTE }];
  }

  /** How many blocks are in use. */
  public get blockCount(): number {
    return this.#used.size;
  }

  /** A block of at least so many bytes, not cleared. Throws `RangeError` where the memory cannot grow. */
  public allocate(bytes: number): number {
    const needed = Math.max(Math.ceil(bytes / ALIGNMENT_BYTES), 1) * ALIGNMENT_BYTES;
    const index = this.#find(needed);
    const { at, bytes: size } = this.#free[index] as Span;
    if (size === needed) {
      this.#free.splice(index, 1);
    } else {
      this.#free[index] = { at: at + needed, bytes: size - needed };
    }
    this.#used.set(at, needed);
    return at;
  }

  /** Gives a block back. @param at what `allocate` gave */
  public release(at: number): void {
    const bytes = this.#used.get(at);
    if (bytes === undefined) {
      throw new RangeError(`Expected a block in use, got ${at}`);
    }
    this.#used.delete(at);
    this.#insert({ at, bytes });
  }

  public floats(at: number, count: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.memory.buffer, at, count);
  }

  public ints(at: number, count: number): Int32Array<ArrayBuffer> {
    return new Int32Array(this.memory.buffer, at, count);
  }

  public doubles(at: number, count: number): Float64Array<ArrayBuffer> {
    return new Float64Array(this.memory.buffer, at, count);
  }

  /** The smallest span that is large enough: large ones are kept for those who need them. */
  #find(bytes: number): number {
    let best = -1;
    for (const [index, span] of this.#free.entries()) {
      if (span.bytes >= bytes && (best < 0 || span.bytes < (this.#free[best] as Span).bytes)) {
        best = index;
      }
    }
    return best < 0 ? this.#grow(bytes) : best;
  }

  #grow(bytes: number): number {
    const end = this.memory.buffer.byteLength;
    const last = this.#free.at(-1);
    const there = last !== undefined && last.at + last.bytes === end ? last.bytes : 0;
    const pages = Math.ceil((bytes - there) / PAGE_BYTES);
    try {
      this.memory.grow(pages);
    } catch (cause) {
      throw new RangeError(`Failed to allocate memory: ${bytes} bytes beside ${end}`, { cause });
    }
    this.#insert({ at: end, bytes: pages * PAGE_BYTES });
    return this.#free.length - 1;
  }

  #insert(span: Span): void {
    let low = 0;
    let high = this.#free.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#free[middle] as Span).at < span.at) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    let { at, bytes } = span;
    let replaced = 0;
    const next = this.#free[low];
    if (next?.at === at + bytes) {
      bytes += next.bytes;
      replaced = 1;
    }
    const before = this.#free[low - 1];
    if (before !== undefined && before.at + before.bytes === at) {
      at = before.at;
      bytes += before.bytes;
      low--;
      replaced++;
    }
    this.#free.splice(low, replaced, { at, bytes });
  }
}
