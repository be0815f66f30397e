import type { DecodingNode, DecodingTree } from "./decodingTree.ts";
import type { PieceIndex } from "./pieceIndex.ts";

/** One way to cover a text with pieces: the last piece may reach beyond the text's end. */
export interface Strand<S> {
  /** The whole pieces. */
  readonly node: DecodingNode<S>;
  /** Trie node of the bytes of the unfinished piece behind them; the trie's root where there is none. */
  readonly place: number;
  /** Probability of the whole pieces. */
  readonly weight: number;
}

/**
 * A text and all ways to cover it that matter, at one place of the search: a model over pieces seen as one over bytes.
 * Its mass is the probability that the text comes next.
 */
export interface TextFront<S> {
  readonly strands: readonly Strand<S>[];
  readonly mass: number;
}

/** Probability that what comes begins with a strand's text: all pieces that its unfinished piece may become. */
export function strandMass<S>({ node, place, weight }: Strand<S>, pieces: PieceIndex): number {
  return place === pieces.root ? weight : weight * runMass(sumsOf(node), pieces.wholeEnd(place), pieces.end(place));
}

/** What a strand that was moved to another place has become: one strand for each piece that ends there, and one for those that go on. */
export function strandsAt<S>({ node, place, weight }: Strand<S>, pieces: PieceIndex): Strand<S>[] {
  const sums = sumsOf(node);
  const strands: Strand<S>[] = [];
  for (let n = pieces.first(place); n < pieces.wholeEnd(place); n++) {
    strands.push({
      node: node.child(pieces.ids[n] as number),
      place: pieces.root,
      weight: weight * runMass(sums, n, n + 1),
    });
  }
  if (pieces.end(place) > pieces.wholeEnd(place)) {
    strands.push({ node, place, weight });
  }
  return strands.filter((strand) => strandMass(strand, pieces) > 0);
}

/** The front of these strands. */
export function createFront<S>(strands: readonly Strand<S>[], pieces: PieceIndex): TextFront<S> {
  return { strands, mass: strands.reduce((sum, strand) => sum + strandMass(strand, pieces), 0) };
}

/** The same front with all weights multiplied so that its mass becomes 1; an empty one stays empty. */
export function normalizedFront<S>({ strands, mass }: TextFront<S>): TextFront<S> {
  return mass > 0
    ? { strands: strands.map((strand) => ({ ...strand, weight: strand.weight / mass })), mass: 1 }
    : { strands: [], mass: 0 };
}

/** Nodes whose distribution the front needs to go on, the heaviest first; those that carry less than `tolerance` of its mass are left out. */
export function nodesToEvaluate<S>({ strands, mass }: TextFront<S>, tolerance: number): DecodingNode<S>[] {
  return strands
    .filter(({ node, weight }) => node.sums === undefined && weight >= tolerance * mass)
    .sort((a, b) => b.weight - a.weight)
    .map(({ node }) => node);
}

/** Probability of every next byte together with the text before it, float64 [256]; strands that were not evaluated give nothing. */
export function nextByteMasses<S>({ strands }: TextFront<S>, pieces: PieceIndex): Float64Array {
  const masses = new Float64Array(256);
  for (const { node, place, weight } of strands) {
    if (node.sums !== undefined) {
      for (const [byte, child] of pieces.children(place)) {
        masses[byte] = (masses[byte] as number) + weight * runMass(node.sums, pieces.first(child), pieces.end(child));
      }
    }
  }
  return masses;
}

/** The front one byte further; strands that were not evaluated are lost. */
export function extendFront<S>({ strands }: TextFront<S>, byte: number, tree: DecodingTree<S>): TextFront<S> {
  const { pieces } = tree;
  const extended: Strand<S>[] = [];
  for (const { node, place, weight } of strands) {
    const child = node.sums === undefined ? undefined : pieces.child(place, byte);
    if (child !== undefined) {
      extended.push(...strandsAt({ node, place: child, weight }, pieces));
    }
  }
  return createFront(extended, pieces);
}

/** Share of a front's mass that stands at the end of a piece. */
export function pieceEndShare<S>({ strands, mass }: TextFront<S>, pieces: PieceIndex): number {
  const ended = strands.reduce((sum, { place, weight }) => (place === pieces.root ? sum + weight : sum), 0);
  return mass > 0 ? ended / mass : 0;
}

/** Probability of the pieces [from, to) of the index's order. */
function runMass(sums: Float64Array, from: number, to: number): number {
  return Math.max(0, (sums[to] as number) - (sums[from] as number));
}

function sumsOf<S>({ sums }: DecodingNode<S>): Float64Array {
  if (sums === undefined) {
    throw new TypeError("Expected the node of an unfinished piece to be evaluated");
  }
  return sums;
}
