import { chunkEnd } from "./chunkScanner.ts";

/* eslint-disable @typescript-eslint/max-params -- inner loops: an options object would be allocated for every chunk */

const INITIAL_SLOTS = 1 << 15;
const INITIAL_UNITS = 1 << 18;
const EMPTY = -1;

/** The distinct chunks of texts and how often each occurs; an open-addressing table over one pool of UTF-16 units. */
export class ChunkCounter {
  #units = new Uint16Array(INITIAL_UNITS);
  #unitCount = 0;
  /** Where each chunk's units start in the pool; one more entry than chunks. */
  #starts = new Int32Array(INITIAL_SLOTS / 2 + 1);
  #hashes = new Int32Array(INITIAL_SLOTS / 2);
  #counts = new Float64Array(INITIAL_SLOTS / 2);
  #chunkCount = 0;
  #slots = new Int32Array(INITIAL_SLOTS).fill(EMPTY);

  /** Number of distinct chunks. */
  public get chunkCount(): number {
    return this.#chunkCount;
  }

  /** Counts every chunk of `text`. */
  public add(text: string): void {
    for (let start = 0; start < text.length;) {
      const end = chunkEnd(text, start);
      this.#addChunk(text, start, end);
      start = end;
    }
  }

  /** How often chunk `chunk` occurred. */
  public countOf(chunk: number): number {
    return this.#counts[chunk] as number;
  }

  /** The UTF-16 length of chunk `chunk`. */
  public lengthOf(chunk: number): number {
    return (this.#starts[chunk + 1] as number) - (this.#starts[chunk] as number);
  }

  /** The text of chunk `chunk`. */
  public textOf(chunk: number): string {
    return String.fromCharCode(...this.#units.subarray(this.#starts[chunk], this.#starts[chunk + 1]));
  }

  #addChunk(text: string, start: number, end: number): void {
    let hash = end - start;
    for (let i = start; i < end; i++) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    }
    hash ^= hash >>> 15;
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const chunk = this.#slots[slot] as number;
      if (chunk === EMPTY) {
        break;
      }
      if (this.#hashes[chunk] === hash && this.#isChunk(chunk, text, start, end)) {
        this.#counts[chunk] = (this.#counts[chunk] as number) + 1;
        return;
      }
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = this.#store(text, start, end, hash);
    if (this.#chunkCount * 2 >= this.#slots.length) {
      this.#grow();
    }
  }

  #isChunk(chunk: number, text: string, start: number, end: number): boolean {
    const from = this.#starts[chunk] as number;
    if ((this.#starts[chunk + 1] as number) - from !== end - start) {
      return false;
    }
    for (let i = start; i < end; i++) {
      if (this.#units[from + i - start] !== text.charCodeAt(i)) {
        return false;
      }
    }
    return true;
  }

  #store(text: string, start: number, end: number, hash: number): number {
    if (this.#unitCount + end - start > this.#units.length) {
      const grown = new Uint16Array(this.#units.length * 2);
      grown.set(this.#units);
      this.#units = grown;
    }
    for (let i = start; i < end; i++) {
      this.#units[this.#unitCount++] = text.charCodeAt(i);
    }
    const chunk = this.#chunkCount++;
    this.#starts[chunk + 1] = this.#unitCount;
    this.#hashes[chunk] = hash;
    this.#counts[chunk] = 1;
    return chunk;
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(EMPTY);
    const mask = slots.length - 1;
    const starts = new Int32Array(slots.length / 2 + 1);
    const hashes = new Int32Array(slots.length / 2);
    const counts = new Float64Array(slots.length / 2);
    starts.set(this.#starts);
    hashes.set(this.#hashes);
    counts.set(this.#counts);
    for (let chunk = 0; chunk < this.#chunkCount; chunk++) {
      let slot = (hashes[chunk] as number) & mask;
      while (slots[slot] !== EMPTY) {
        slot = (slot + 1) & mask;
      }
      slots[slot] = chunk;
    }
    this.#slots = slots;
    this.#starts = starts;
    this.#hashes = hashes;
    this.#counts = counts;
  }
}
