import { PLACE_KINDS, type PlaceContexts } from "./placeContexts.ts";
import type { SuccessorTally } from "./successorTally.ts";
import type { TokenHistory } from "./tokenHistory.ts";

const FIRST_CAPACITY = 1 << 12;

/**
 * What followed places that are alike, in each of the ways of `PlaceContexts`, in a little text that is being read. Learns and forgets token by
 * token, in a few microseconds each; about 250 bytes a token. Places with the same 32 bits are taken for alike.
 *
 * The counts do not depend on what was learnt and forgotten on the way.
 */
export class PlaceCounts {
  /** Ways of comparing; see `PlaceContexts`. */
  public readonly kindCount = PLACE_KINDS;
  readonly #contexts: PlaceContexts;
  readonly #places = new Int32Array(PLACE_KINDS);
  /** An entry for each kind of place and token that followed it: its place, token, count, and the next entry of the same place. */
  #entryPlaces = new Int32Array(FIRST_CAPACITY);
  #tokens = new Uint16Array(FIRST_CAPACITY);
  #counts = new Int32Array(FIRST_CAPACITY);
  #next = new Int32Array(FIRST_CAPACITY);
  /** The newest entry of a place, by the place's hash; 0 stands for an empty slot. */
  #heads = new Int32Array(FIRST_CAPACITY * 2);
  #entryCount = 1;
  #deadCount = 0;

  public constructor(contexts: PlaceContexts) {
    this.#contexts = contexts;
  }

  public get byteLength(): number {
    return this.#counts.length * 14 + this.#heads.byteLength;
  }

  /** Counts a token behind what was read before it. */
  public learn(context: TokenHistory | null, token: number): void {
    this.#contexts.read(context, this.#places);
    for (const place of this.#places) {
      const known = this.#find(place, token);
      const entry = known === 0 ? this.#add(place, token) : known;
      const count = this.#counts[entry] as number;
      this.#counts[entry] = count + 1;
      this.#deadCount -= known !== 0 && count === 0 ? 1 : 0;
    }
  }

  /** Undoes `learn` of the same token behind the same context, which was learnt and not forgotten. */
  public forget(context: TokenHistory | null, token: number): void {
    this.#contexts.read(context, this.#places);
    for (const place of this.#places) {
      const entry = this.#find(place, token);
      const count = (this.#counts[entry] as number) - 1;
      this.#counts[entry] = count;
      this.#deadCount += count === 0 ? 1 : 0;
    }
    if (this.#deadCount > FIRST_CAPACITY && this.#deadCount * 2 > this.#entryCount) {
      this.#rebuild(this.#counts.length);
    }
  }

  /** Forgets everything. */
  public clear(): void {
    this.#heads.fill(0);
    this.#entryCount = 1;
    this.#deadCount = 0;
  }

  /** Looks for places like the one behind `context`; `tally` tells what followed them. */
  public look(context: TokenHistory | null): void {
    this.#contexts.read(context, this.#places);
  }

  /**
   * Adds to `tally` what followed places that are like the one last looked for in one of the ways.
   * @param kind in [0, PLACE_KINDS)
   */
  public tally(kind: number, tally: SuccessorTally): void {
    const place = this.#places[kind] as number;
    for (let entry = this.#heads[this.#slot(place)] as number; entry !== 0; entry = this.#next[entry] as number) {
      const count = this.#counts[entry] as number;
      if (count > 0) {
        tally.add(this.#tokens[entry] as number, count);
      }
    }
  }

  /** The entry of a place and a token; 0 where there is none. */
  #find(place: number, token: number): number {
    let entry = this.#heads[this.#slot(place)] as number;
    while (entry !== 0 && this.#tokens[entry] !== token) {
      entry = this.#next[entry] as number;
    }
    return entry;
  }

  /** Where a place stands or would stand. */
  #slot(place: number): number {
    const mask = this.#heads.length - 1;
    let slot = place & mask;
    for (;;) {
      const head = this.#heads[slot] as number;
      if (head === 0 || this.#entryPlaces[head] === place) {
        return slot;
      }
      slot = (slot + 1) & mask;
    }
  }

  #add(place: number, token: number): number {
    if (this.#entryCount === this.#counts.length) {
      this.#rebuild(this.#entryCount * 2);
    }
    const entry = this.#entryCount++;
    const slot = this.#slot(place);
    this.#entryPlaces[entry] = place;
    this.#tokens[entry] = token;
    this.#counts[entry] = 0;
    this.#next[entry] = this.#heads[slot] as number;
    this.#heads[slot] = entry;
    return entry;
  }

  /** Makes room, and drops entries that count nothing. */
  #rebuild(capacity: number): void {
    const [places, tokens, counts] = [this.#entryPlaces, this.#tokens, this.#counts];
    const end = this.#entryCount;
    this.#entryPlaces = new Int32Array(capacity);
    this.#tokens = new Uint16Array(capacity);
    this.#counts = new Int32Array(capacity);
    this.#next = new Int32Array(capacity);
    this.#heads = new Int32Array(capacity * 2);
    this.#entryCount = 1;
    this.#deadCount = 0;
    for (let entry = 1; entry < end; entry++) {
      const count = counts[entry] as number;
      if (count > 0) {
        this.#counts[this.#add(places[entry] as number, tokens[entry] as number)] = count;
      }
    }
  }
}
