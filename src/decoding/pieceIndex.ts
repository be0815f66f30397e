import type { Vocabulary } from "../tokens/vocabulary.ts";

/**
 * The pieces of a vocabulary in the order of their bytes, with the trie over them. The pieces below a trie node are one run of that
 * order, so that their probability is the difference of two running sums. Pieces without bytes (marks, unknown) are left out.
 */
export class PieceIndex {
  /** Token ids in the order of their bytes; equal pieces stand side by side. */
  public readonly ids: Int32Array;
  public readonly vocabulary: Vocabulary;
  /** The trie node of nothing read. */
  public readonly root = 0;
  readonly #nodes: readonly TrieNode[];

  public constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
    const pieces: Piece[] = [];
    for (let id = 0; id < vocabulary.size; id++) {
      const bytes = vocabulary.pieceBytes(id);
      if (bytes.length > 0) {
        pieces.push({ id, bytes });
      }
    }
    pieces.sort(compareBytes);
    this.ids = Int32Array.from(pieces, ({ id }) => id);
    this.#nodes = buildTrie(pieces);
  }

  /** Index in `ids` of the first piece that begins with the node's bytes. */
  public first(node: number): number {
    return this.#node(node).first;
  }

  /** Index in `ids` behind the pieces that are the node's bytes and no more: they come first. */
  public wholeEnd(node: number): number {
    return this.#node(node).wholeEnd;
  }

  /** Index in `ids` behind the last piece that begins with the node's bytes. */
  public end(node: number): number {
    return this.#node(node).end;
  }

  /** The node one byte further, if any piece goes on with `byte`. */
  public child(node: number, byte: number): number | undefined {
    return this.#node(node).children.get(byte);
  }

  /** The nodes one byte further, by byte. */
  public children(node: number): ReadonlyMap<number, number> {
    return this.#node(node).children;
  }

  /** Number of bytes read at a node. */
  public depth(node: number): number {
    return this.#node(node).depth;
  }

  #node(node: number): TrieNode {
    return this.#nodes[node] as TrieNode;
  }
}

interface Piece {
  readonly id: number;
  readonly bytes: Uint8Array;
}

interface TrieNode {
  readonly depth: number;
  readonly first: number;
  readonly wholeEnd: number;
  readonly end: number;
  readonly children: ReadonlyMap<number, number>;
}

function compareBytes(a: Piece, b: Piece): number {
  const length = Math.min(a.bytes.length, b.bytes.length);
  for (let n = 0; n < length; n++) {
    const difference = (a.bytes[n] as number) - (b.bytes[n] as number);
    if (difference !== 0) {
      return difference;
    }
  }
  return a.bytes.length - b.bytes.length || a.id - b.id;
}

/** Breadth first, so that a parent's number is less than its children's. */
function buildTrie(pieces: readonly Piece[]): readonly TrieNode[] {
  const nodes: TrieNode[] = [];
  const waiting: { readonly depth: number; readonly first: number; readonly end: number }[] = [
    { depth: 0, first: 0, end: pieces.length },
  ];
  for (let next = 0; next < waiting.length; next++) {
    const { depth, first, end } = waiting[next] as (typeof waiting)[number];
    const byteAt = (index: number): number | undefined => pieces[index]?.bytes[depth];
    let wholeEnd = first;
    while (wholeEnd < end && byteAt(wholeEnd) === undefined) {
      wholeEnd++;
    }
    const children = new Map<number, number>();
    for (let from = wholeEnd; from < end;) {
      const byte = byteAt(from) as number;
      let to = from;
      while (to < end && byteAt(to) === byte) {
        to++;
      }
      children.set(byte, waiting.length);
      waiting.push({ depth: depth + 1, first: from, end: to });
      from = to;
    }
    nodes.push({ depth, first, wholeEnd, end, children });
  }
  return nodes;
}
