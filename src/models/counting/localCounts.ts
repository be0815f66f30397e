import type { ContextCounts } from "./contextCounts.ts";
import type { ContextQuery } from "./contextQuery.ts";
import type { PlaceContexts } from "./placeContexts.ts";
import { PlaceCounts } from "./placeCounts.ts";
import { readHistory, type TokenHistory } from "./tokenHistory.ts";
import { SuccessorTally } from "./successorTally.ts";

export interface LocalCountsOptions {
  /** V, at most 65,536 */
  readonly vocabularySize: number;
  /** The mark that stands before every document. It is a context and is never counted. */
  readonly startId: number;
  /** Tokens of the longest context that is counted. */
  readonly maxDepth?: number;
  /** How similar places are found; default: they are not. */
  readonly placeContexts?: PlaceContexts;
}

/** Tokens of the longest context that is counted unless said otherwise: some 30 bytes of code with pieces of 2.5. */
const MAX_DEPTH = 12;

/** Nodes there is room for at first. */
const FIRST_CAPACITY = 1 << 12;

/**
 * What followed which contexts in a little text that is being read: a document while it is written, the last few documents, the
 * regions edited lately. Learns and forgets token by token, in about a microsecond each.
 *
 * A trie of all n-grams: the path from the root is the context, oldest token first, and the count of a node is how often its last
 * token followed the others. Children are found through one hash table of (node, token) and listed as linked lists.
 * It needs about 400 bytes a token, so it is for what is at hand; for a workspace there is `CountIndex`.
 *
 * The same counts give the same distributions to the last digit whatever was learnt and forgotten on the way.
 */
export class LocalCounts {
  readonly vocabularySize: number;
  readonly startId: number;
  readonly maxDepth: number;
  /** What followed similar places of the same text; null where those are not looked for. */
  readonly places: PlaceCounts | null;
  readonly #recent: Int32Array;
  readonly #tally: SuccessorTally;
  #counts = new Int32Array(FIRST_CAPACITY);
  /** After how many different contexts of one more token it was counted: Kneser and Ney's continuations. */
  #continuations = new Int32Array(FIRST_CAPACITY);
  #parents = new Int32Array(FIRST_CAPACITY);
  #tokens = new Uint16Array(FIRST_CAPACITY);
  #firstChildren = new Int32Array(FIRST_CAPACITY);
  #nextSiblings = new Int32Array(FIRST_CAPACITY);
  /** Node numbers by hash of parent and token; 0, the root, stands for an empty place. */
  #table = new Int32Array(FIRST_CAPACITY * 2);
  #nodeCount = 1;
  #tokenCount = 0;
  /** Times a count fell to 0 since the last tidying: about the nodes that are of no use any more. */
  #deadCount = 0;

  public constructor({ vocabularySize, startId, maxDepth = MAX_DEPTH, placeContexts }: LocalCountsOptions) {
    if (vocabularySize < 1 || vocabularySize > 65_536) {
      throw new RangeError(`Expected \`vocabularySize\` to be from 1 to 65536, got ${vocabularySize}`);
    }
    if (!(Number.isInteger(maxDepth) && maxDepth >= 1 && maxDepth <= 64)) {
      throw new RangeError(`Expected \`maxDepth\` to be an integer from 1 to 64, got ${maxDepth}`);
    }
    this.vocabularySize = vocabularySize;
    this.startId = startId;
    this.maxDepth = maxDepth;
    this.places = placeContexts === undefined ? null : new PlaceCounts(placeContexts);
    this.#recent = new Int32Array(maxDepth);
    this.#tally = new SuccessorTally(vocabularySize);
  }

  /** Number of tokens learnt and not forgotten. */
  public get tokenCount(): number {
    return this.#tokenCount;
  }

  public get byteLength(): number {
    return this.#counts.length * 22 + this.#table.byteLength + (this.places?.byteLength ?? 0);
  }

  /**
   * Counts a token behind its context.
   * @param context what was read before it, START included
   * @param token in [0, V), not START
   */
  public learn(context: TokenHistory | null, token: number): void {
    this.#requireToken(token);
    const length = readHistory(context, this.#recent);
    let isNew = false;
    for (let depth = length; depth >= 0; depth--) {
      const node = this.#madeChild(this.#madeContext(depth), token);
      const count = this.#counts[node] as number;
      this.#counts[node] = count + 1;
      this.#continuations[node] = (this.#continuations[node] as number) + (isNew ? 1 : 0);
      isNew = count === 0;
    }
    this.#tokenCount++;
    this.places?.learn(context, token);
  }

  /**
   * Undoes `learn` of the same token behind the same context.
   * Throws `RangeError`, and changes nothing, where that was not learnt.
   */
  public forget(context: TokenHistory | null, token: number): void {
    this.#requireToken(token);
    const length = readHistory(context, this.#recent);
    const nodes: number[] = [];
    for (let depth = length; depth >= 0; depth--) {
      const contextNode = this.#nodeOf(depth);
      const node = contextNode < 0 ? -1 : this.#child(contextNode, token);
      if (node < 0 || (this.#counts[node] as number) === 0) {
        throw new RangeError(`Expected \`token\` to be one that was learnt behind \`context\`, got ${token}`);
      }
      nodes.push(node);
    }
    let isGone = false;
    for (const node of nodes) {
      const count = (this.#counts[node] as number) - 1;
      this.#counts[node] = count;
      this.#continuations[node] = (this.#continuations[node] as number) - (isGone ? 1 : 0);
      isGone = count === 0;
      this.#deadCount += isGone ? 1 : 0;
    }
    this.#tokenCount--;
    this.places?.forget(context, token);
    if (this.#deadCount > FIRST_CAPACITY && this.#deadCount * 2 > this.#nodeCount) {
      this.#compact();
    }
  }

  /** Forgets everything. */
  public clear(): void {
    this.#counts.fill(0, 0, this.#nodeCount);
    this.#firstChildren.fill(0, 0, this.#nodeCount);
    this.#table.fill(0);
    this.places?.clear();
    this.#nodeCount = 1;
    this.#tokenCount = 0;
    this.#deadCount = 0;
  }

  /**
   * Adds to `counts` what followed the contexts a text ends in, the longest first and down to the empty one; contexts that never
   * occurred are left out. The longest, and one that begins its document, has occurrences, all others what is asked for.
   * @param recent the text backwards, newest token first; of it `length` count
   */
  public collect(
    {
      recent,
      length,
      kind = "continuations",
    }: Pick<ContextQuery, "recent" | "length"> & Partial<Pick<ContextQuery, "kind">>,
    counts: ContextCounts,
  ): void {
    const nodes = this.#contextNodes(recent, Math.min(length, this.maxDepth));
    for (let depth = nodes.length - 1; depth >= 0; depth--) {
      const isWhole = kind === "occurrences" || depth === nodes.length - 1 || recent[depth - 1] === this.startId;
      this.#tallyChildren(nodes[depth] as number, isWhole ? this.#counts : this.#continuations);
      if (this.#tally.size > 0) {
        counts.addTally(depth, this.#tally);
      }
    }
  }

  /** The nodes of the contexts of 0, 1, … tokens behind which something is counted. */
  #contextNodes(recent: Int32Array, most: number): readonly number[] {
    this.#recent.set(recent.subarray(0, most));
    const nodes = [0];
    for (let depth = 1; depth <= most; depth++) {
      const node = this.#nodeOf(depth);
      if (node < 0 || !this.#isFollowed(node)) {
        break;
      }
      nodes.push(node);
    }
    return nodes;
  }

  #isFollowed(node: number): boolean {
    for (let child = this.#firstChildren[node] as number; child !== 0; child = this.#nextSiblings[child] as number) {
      if ((this.#counts[child] as number) > 0) {
        return true;
      }
    }
    return false;
  }

  #tallyChildren(node: number, values: Int32Array): void {
    this.#tally.clear();
    for (let child = this.#firstChildren[node] as number; child !== 0; child = this.#nextSiblings[child] as number) {
      const value = values[child] as number;
      if (value > 0) {
        this.#tally.add(this.#tokens[child] as number, value);
      }
    }
  }

  #requireToken(token: number): void {
    if (!(token >= 0 && token < this.vocabularySize) || token === this.startId) {
      throw new RangeError(`Expected \`token\` to be in [0, ${this.vocabularySize}) and not START, got ${token}`);
    }
  }

  /** The node of the last `depth` tokens of `#recent`; −1 where there is none. */
  #nodeOf(depth: number): number {
    let node = 0;
    for (let back = depth - 1; back >= 0 && node >= 0; back--) {
      node = this.#child(node, this.#recent[back] as number);
    }
    return node;
  }

  #madeContext(depth: number): number {
    let node = 0;
    for (let back = depth - 1; back >= 0; back--) {
      node = this.#madeChild(node, this.#recent[back] as number);
    }
    return node;
  }

  /** A child of a node; −1 where there is none. */
  #child(parent: number, token: number): number {
    const node = this.#table[this.#placeOf(parent, token)] as number;
    return node === 0 ? -1 : node;
  }

  #madeChild(parent: number, token: number): number {
    const node = this.#child(parent, token);
    return node < 0 ? this.#add(parent, token) : node;
  }

  /** Where in the table a child stands or would stand. */
  #placeOf(parent: number, token: number): number {
    const mask = this.#table.length - 1;
    let place = hashOf(parent, token) & mask;
    for (;;) {
      const node = this.#table[place] as number;
      if (node === 0 || (this.#parents[node] === parent && this.#tokens[node] === token)) {
        return place;
      }
      place = (place + 1) & mask;
    }
  }

  /** Makes a child; numbers of other nodes stay as they are. */
  #add(parent: number, token: number): number {
    if (this.#nodeCount === this.#counts.length) {
      this.#resize(this.#nodeCount * 2);
    }
    const node = this.#nodeCount++;
    this.#counts[node] = 0;
    this.#continuations[node] = 0;
    this.#parents[node] = parent;
    this.#tokens[node] = token;
    this.#firstChildren[node] = 0;
    this.#nextSiblings[node] = this.#firstChildren[parent] as number;
    this.#firstChildren[parent] = node;
    this.#table[this.#placeOf(parent, token)] = node;
    return node;
  }

  #resize(capacity: number): void {
    this.#counts = resized(this.#counts, capacity);
    this.#continuations = resized(this.#continuations, capacity);
    this.#parents = resized(this.#parents, capacity);
    this.#tokens = resized(this.#tokens, capacity);
    this.#firstChildren = resized(this.#firstChildren, capacity);
    this.#nextSiblings = resized(this.#nextSiblings, capacity);
    this.#table = new Int32Array(capacity * 2);
    for (let node = 1; node < this.#nodeCount; node++) {
      this.#table[this.#placeOf(this.#parents[node] as number, this.#tokens[node] as number)] = node;
    }
  }

  /** Drops nodes that nothing is counted at or below, and so renumbers the others. */
  #compact(): void {
    const isLive = new Uint8Array(this.#nodeCount);
    isLive[0] = 1;
    // A child has a higher number than its parent.
    for (let node = this.#nodeCount - 1; node > 0; node--) {
      if (isLive[node] === 1 || (this.#counts[node] as number) > 0) {
        isLive[node] = 1;
        isLive[this.#parents[node] as number] = 1;
      }
    }
    const [counts, continuations, parents, tokens] = [this.#counts, this.#continuations, this.#parents, this.#tokens];
    const numbers = new Int32Array(this.#nodeCount);
    const liveCount = isLive.reduce((sum, live) => sum + live, 0);
    this.#nodeCount = 1;
    this.#counts = new Int32Array(0);
    this.#continuations = new Int32Array(0);
    this.#firstChildren = new Int32Array(0);
    this.#parents = new Int32Array(0);
    this.#tokens = new Uint16Array(0);
    this.#nextSiblings = new Int32Array(0);
    let capacity = FIRST_CAPACITY;
    while (capacity <= liveCount) {
      capacity *= 2;
    }
    this.#resize(capacity);
    for (let node = 1; node < isLive.length; node++) {
      if (isLive[node] === 1) {
        const made = this.#add(numbers[parents[node] as number] as number, tokens[node] as number);
        numbers[node] = made;
        this.#counts[made] = counts[node] as number;
        this.#continuations[made] = continuations[node] as number;
      }
    }
    this.#deadCount = 0;
  }
}

function resized<A extends Int32Array | Uint16Array>(array: A, capacity: number): A {
  const larger = new (array.constructor as new (length: number) => A)(capacity);
  larger.set(array);
  return larger;
}

function hashOf(parent: number, token: number): number {
  const mixed = Math.imul(parent, 0x9e37_79b1) ^ Math.imul(token + 1, 0x85eb_ca6b);
  return mixed ^ (mixed >>> 15);
}
