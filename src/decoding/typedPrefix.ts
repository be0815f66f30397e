import { encodeUtf8 } from "../base/utf8.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import type { DecodingNode, DecodingTree } from "./decodingTree.ts";
import type { PieceIndex } from "./pieceIndex.ts";
import { PriorityQueue } from "./priorityQueue.ts";
import { createFront, normalizedFront, type Strand, strandMass, strandsAt, type TextFront } from "./textFront.ts";

/** A text cut where pieces surely end: what stands before is tokens, what stands behind may still become part of longer pieces. */
export interface TypedPrefix {
  /** Token ids of the text before the cut. */
  readonly tokens: Int32Array;
  /** UTF-8 bytes of the text behind the cut. */
  readonly typedBytes: Uint8Array;
}

export interface CoverOptions {
  /** Covers that carry less than this share of the mass found are not followed; 0 follows all. */
  readonly tolerance: number;
  /** Most distributions to compute. */
  readonly maxEvaluations: number;
  /** Asked before every model step; once true, what was found so far is the result. */
  readonly shouldStop: () => boolean;
}

export const DEFAULT_COVER_OPTIONS: CoverOptions = { tolerance: 0.01, maxEvaluations: 32, shouldStop: () => false };

/** Beyond this many bytes the pieces before them are taken as the tokenizer cut them: a run of 100,000 letters must not stall. */
const MAX_TYPED_BYTES = 96;

/** Distributions computed side by side: two lanes share one read of the weights. */
const EVALUATED_TOGETHER = 2;

/** Cuts `text`, which begins where pieces begin. */
export function cutTypedPrefix(vocabulary: Vocabulary, text: string): TypedPrefix {
  const boundary = vocabulary.lastBoundary(text);
  const tokens = vocabulary.encode(text.slice(0, boundary));
  const typedBytes = encodeUtf8(text.slice(boundary));
  if (typedBytes.length <= MAX_TYPED_BYTES) {
    return { tokens, typedBytes };
  }
  const tail = vocabulary.encode(text.slice(boundary));
  let keptFrom = tail.length;
  let keptBytes = 0;
  while (keptFrom > 0 && keptBytes < MAX_TYPED_BYTES / 2) {
    keptBytes += vocabulary.pieceBytes(tail[--keptFrom] as number).length;
  }
  return {
    tokens: Int32Array.from([...tokens, ...tail.subarray(0, keptFrom)]),
    typedBytes: typedBytes.slice(typedBytes.length - keptBytes),
  };
}

/** Whether a piece goes on from what was typed: it has more bytes, and those first. */
export function goesOnFrom(typed: Uint8Array, piece: Uint8Array): boolean {
  return typed.length === 0 || (piece.length > typed.length && typed.every((byte, index) => piece[index] === byte));
}

/**
 * What comes behind `node`, given that it begins with `typedBytes`: the model conditioned over all ways to cover these bytes with
 * pieces, the last of which may reach beyond them. Follows the most probable cover first, so that stopping early costs little.
 * Yields after every model step.
 * @param node its state is known
 * @returns a front of mass 1; an empty one of mass 0 where the model gives the bytes no probability or was stopped before it found any
 */
export function* coverTypedPrefix<S>(
  tree: DecodingTree<S>,
  { node, typedBytes }: { readonly node: DecodingNode<S>; readonly typedBytes: Uint8Array },
  { tolerance, maxEvaluations, shouldStop }: CoverOptions = DEFAULT_COVER_OPTIONS,
): Generator<void, TextFront<S>> {
  const { pieces } = tree;
  if (typedBytes.length === 0) {
    return { strands: [{ node, place: pieces.root, weight: 1 }], mass: 1 };
  }
  const covers: Strand<S>[] = [];
  const waiting = new PriorityQueue<PartialCover<S>>();
  waiting.push({ node, byteOffset: 0, weight: 1 }, 1);
  let found = 0;
  let evaluationCount = 0;
  // A partial cover's weight bounds what it can add, so that stopping at `tolerance` is safe.
  const isWorthwhile = (): boolean => waiting.highestPriority > 0 && waiting.highestPriority >= tolerance * found;
  while (isWorthwhile() && evaluationCount < maxEvaluations && !shouldStop()) {
    const taken: PartialCover<S>[] = [];
    while (taken.length < EVALUATED_TOGETHER && isWorthwhile()) {
      taken.push(waiting.pop() as PartialCover<S>);
    }
    const fresh = taken.map((cover) => cover.node).filter(({ sums }) => sums === undefined);
    if (fresh.length > 0) {
      tree.evaluate(fresh);
      evaluationCount += fresh.length;
      yield;
    }
    for (const partial of taken) {
      for (const strand of followBytes(pieces, partial, { typedBytes, waiting })) {
        covers.push(strand);
        found += strandMass(strand, pieces);
      }
    }
  }
  return normalizedFront(createFront(covers, pieces));
}

/** Whole pieces that cover the first `byteOffset` of the typed bytes. */
interface PartialCover<S> {
  readonly node: DecodingNode<S>;
  readonly byteOffset: number;
  /** Probability of the pieces. */
  readonly weight: number;
}

/** One piece more: returns the covers that reach the end of the bytes, and queues those that do not. */
function followBytes<S>(
  pieces: PieceIndex,
  { node, byteOffset, weight }: PartialCover<S>,
  { typedBytes, waiting }: { readonly typedBytes: Uint8Array; readonly waiting: PriorityQueue<PartialCover<S>> },
): readonly Strand<S>[] {
  let place: number | undefined = pieces.root;
  for (let offset = byteOffset; offset < typedBytes.length; offset++) {
    place = pieces.child(place, typedBytes[offset] as number);
    if (place === undefined) {
      return [];
    }
    const strands = strandsAt({ node, place, weight }, pieces);
    if (offset + 1 === typedBytes.length) {
      return strands;
    }
    for (const strand of strands) {
      if (strand.place === pieces.root) {
        waiting.push({ node: strand.node, byteOffset: offset + 1, weight: strand.weight }, strand.weight);
      }
    }
  }
  return [];
}
