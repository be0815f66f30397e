/* eslint-disable @typescript-eslint/max-params -- inner loops: an options object would be allocated for every chunk */
const SLOTS = 1 << 14;
/** Longer chunks, rare ones, are not kept: one in a few hundred in source code. */
const KEY_UNITS = 24;
const VALUE_IDS = 12;

/**
 * Ids of the chunks met lately, in flat arrays of fixed size (1.6 MB): no allocation and no upkeep on a hit. Two slots a
 * hash value; the one not used last gives way, which is least-recently-used within the pair.
 */
export class ChunkCache {
  readonly #keys = new Uint16Array(SLOTS * KEY_UNITS);
  /** Length of each key; 0 where the slot is free. */
  readonly #keyLengths = new Uint8Array(SLOTS);
  readonly #values = new Int32Array(SLOTS * VALUE_IDS);
  readonly #valueLengths = new Uint8Array(SLOTS);
  /** For each pair of slots, which of the two was used last. */
  readonly #recent = new Uint8Array(SLOTS / 2);

  /** Copies the ids of a chunk into `ids` at `at`, and returns the index behind them; −1 where the chunk is not known. */
  public read(text: string, start: number, end: number, ids: Int32Array, at: number): number {
    if (end - start > KEY_UNITS) {
      return -1;
    }
    const pair = pairOf(text, start, end);
    for (let slot = 2 * pair; slot < 2 * pair + 2; slot++) {
      if (this.#holds(slot, text, start, end)) {
        this.#recent[pair] = slot & 1;
        const from = slot * VALUE_IDS;
        const length = this.#valueLengths[slot] as number;
        for (let i = 0; i < length; i++) {
          ids[at + i] = this.#values[from + i] as number;
        }
        return at + length;
      }
    }
    return -1;
  }

  /** Remembers that `ids` from `from` to `to` are those of a chunk; does nothing where either is too long to keep. */
  public write(text: string, start: number, end: number, ids: Int32Array, from: number, to: number): void {
    if (end - start > KEY_UNITS || to - from > VALUE_IDS) {
      return;
    }
    const pair = pairOf(text, start, end);
    const slot = 2 * pair + (1 - (this.#recent[pair] as number));
    this.#recent[pair] = slot & 1;
    for (let i = start; i < end; i++) {
      this.#keys[slot * KEY_UNITS + i - start] = text.charCodeAt(i);
    }
    this.#keyLengths[slot] = end - start;
    this.#values.set(ids.subarray(from, to), slot * VALUE_IDS);
    this.#valueLengths[slot] = to - from;
  }

  #holds(slot: number, text: string, start: number, end: number): boolean {
    if (this.#keyLengths[slot] !== end - start) {
      return false;
    }
    const from = slot * KEY_UNITS - start;
    for (let i = start; i < end; i++) {
      if (this.#keys[from + i] !== text.charCodeAt(i)) {
        return false;
      }
    }
    return true;
  }
}

function pairOf(text: string, start: number, end: number): number {
  let hash = end - start;
  for (let i = start; i < end; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return ((hash >>> 15) ^ hash) & (SLOTS / 2 - 1);
}
