/** What followed a context: units and how often each of them did. */
export interface Followers {
  readonly units: readonly number[];
  readonly counts: readonly number[];
}

/** Which unit followed which contexts in a text that grows; a trie of contexts read backwards. About 2 kB for each unit learnt. */
export class ContextTrie {
  /** Node numbers by parent · 65,536 + unit; the root, which has number 0, is the context of no units. */
  readonly #children = new Map<number, number>();
  readonly #followers: { readonly units: number[]; readonly counts: number[] }[] = [{ units: [], counts: [] }];

  /**
   * Counts a unit behind all contexts that the text before it ends in.
   * @param recent the text backwards, newest unit first; of it `length` count
   */
  public learn({ recent, length }: { readonly recent: Int32Array; readonly length: number }, unit: number): void {
    let node = 0;
    for (let depth = 0; ; depth++) {
      const followers = this.#followers[node];
      if (followers === undefined) {
        throw new RangeError(`Expected node ${node} to exist`);
      }
      const index = followers.units.indexOf(unit);
      if (index < 0) {
        followers.units.push(unit);
        followers.counts.push(1);
      } else {
        followers.counts[index] = (followers.counts[index] ?? 0) + 1;
      }
      if (depth === length) {
        return;
      }
      node = this.#childOf(node, recent[depth] as number) ?? this.#addChild(node, recent[depth] as number);
    }
  }

  /** What followed the contexts of 1, 2, … units that a text ends in, as far as they occurred. */
  public followers({ recent, length }: { readonly recent: Int32Array; readonly length: number }): readonly Followers[] {
    const found: Followers[] = [];
    let node: number | undefined = 0;
    for (let depth = 0; depth < length; depth++) {
      node = this.#childOf(node, recent[depth] as number);
      const followers: Followers | undefined = node === undefined ? undefined : this.#followers[node];
      if (node === undefined || followers === undefined) {
        break;
      }
      found.push(followers);
    }
    return found;
  }

  #childOf(node: number, unit: number): number | undefined {
    return this.#children.get(node * 65_536 + unit);
  }

  #addChild(node: number, unit: number): number {
    const child = this.#followers.length;
    this.#followers.push({ units: [], counts: [] });
    this.#children.set(node * 65_536 + unit, child);
    return child;
  }
}
