import type { DecodingTree } from "./decodingTree.ts";
import { PriorityQueue } from "./priorityQueue.ts";
import { extendFront, nextByteMasses, nodesToEvaluate, pieceEndShare, type TextFront } from "./textFront.ts";
import { advanceUtf8, UTF8_COMPLETE, type Utf8Progress } from "./utf8Progress.ts";

/**
 * A text that may come after the caret. Texts are distinct: all token sequences that give the same text are one hypothesis.
 * The hypotheses of a search form a tree: each is its parent's text and one byte more.
 */
export interface Hypothesis {
  readonly parent: Hypothesis | undefined;
  /** The last byte; −1 for the empty text. */
  readonly byte: number;
  readonly byteLength: number;
  /** Probability that the text comes next; never more than the model's, and less by at most what `tolerance` leaves out. */
  readonly probability: number;
  /** Line ends in the text; none where it is not given. */
  readonly lineEnds?: number;
  /** Whether the text ends between two characters. */
  readonly isWholeCharacters: boolean;
  /** Whether most of the probability stands at the end of a piece. */
  readonly isPieceEnd: boolean;
  /** Probability of text and every next byte, float64 [256]; undefined where the search did not go on from here. */
  readonly nextMasses: Float64Array | undefined;
}

export interface BeamOptions {
  /** How many texts of the same length are gone on from, the best first. */
  readonly width: number;
  /** Texts of less probability are left out. */
  readonly minProbability: number;
  /** Longest text, in UTF-8 bytes. */
  readonly maxBytes: number;
  /** Lines that a text may have, the caret's included; one where it is not given. */
  readonly maxLines?: number;
  /** Token sequences that carry less than this share of their text's probability are not followed. */
  readonly tolerance: number;
  /** Asked before every model step; once true, what was found so far is the result. */
  readonly shouldStop: () => boolean;
}

export const DEFAULT_BEAM_OPTIONS: BeamOptions = {
  width: 8,
  minProbability: 0.02,
  maxBytes: 160,
  tolerance: 0.02,
  shouldStop: () => false,
};

/**
 * Texts that may come within the line, or as many as may be, the best first: always goes on from the most probable text not yet gone on from, so that
 * stopping at any time leaves the best ones. With an infinite width, no least probability and no tolerance, it enumerates.
 * Yields after every model step.
 * @param start what comes next at the caret, of mass 1
 * @returns the empty text first, then all texts in the order in which they were reached
 */
export function* beamSearch<S>(
  tree: DecodingTree<S>,
  start: TextFront<S>,
  options: BeamOptions = DEFAULT_BEAM_OPTIONS,
): Generator<void, readonly Hypothesis[]> {
  const reached: SearchNode<S>[] = [];
  const waiting = new PriorityQueue<SearchNode<S>>();
  const expandedCounts = new Map<number, number>();
  const reach = (node: SearchNode<S>): void => {
    reached.push(node);
    waiting.push(node, node.probability);
  };
  reach(startNode(tree, start));
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const expandedCount = expandedCounts.get(node.byteLength) ?? 0;
    if (expandedCount >= options.width || node.byteLength >= options.maxBytes) {
      continue;
    }
    const fresh = nodesToEvaluate(node.front, options.tolerance);
    if (fresh.length > 0) {
      if (options.shouldStop()) {
        break;
      }
      tree.evaluate(fresh);
      yield;
    }
    expandedCounts.set(node.byteLength, expandedCount + 1);
    for (const child of expand(tree, node, options)) {
      reach(child);
    }
  }
  return reached;
}

/** UTF-8 bytes of a hypothesis. */
export function hypothesisBytes(hypothesis: Hypothesis): Uint8Array {
  const bytes = new Uint8Array(hypothesis.byteLength);
  for (let at = hypothesis; at.parent !== undefined; at = at.parent) {
    bytes[at.byteLength - 1] = at.byte;
  }
  return bytes;
}

interface SearchNode<S> extends Hypothesis {
  readonly lineEnds: number;
  readonly front: TextFront<S>;
  readonly utf8: Utf8Progress;
  nextMasses: Float64Array | undefined;
}

const TAB = 0x09;
const LINE_FEED = 0x0a;
const FIRST_PRINTABLE = 0x20;
const DELETE = 0x7f;

function startNode<S>({ pieces }: DecodingTree<S>, front: TextFront<S>): SearchNode<S> {
  return {
    parent: undefined,
    byte: -1,
    byteLength: 0,
    probability: front.mass,
    lineEnds: 0,
    isWholeCharacters: true,
    isPieceEnd: pieceEndShare(front, pieces) >= 0.5,
    nextMasses: undefined,
    front,
    utf8: UTF8_COMPLETE,
  };
}

function expand<S>(
  tree: DecodingTree<S>,
  node: SearchNode<S>,
  { minProbability, maxLines = 1 }: BeamOptions,
): SearchNode<S>[] {
  const masses = nextByteMasses(node.front, tree.pieces);
  node.nextMasses = masses;
  const children: SearchNode<S>[] = [];
  for (let byte = 0; byte < masses.length; byte++) {
    const mass = masses[byte] as number;
    const isLineEnd = byte === LINE_FEED && node.lineEnds < maxLines - 1;
    // A line ends at a control character; tabs are text.
    const isText = (byte >= FIRST_PRINTABLE && byte !== DELETE) || byte === TAB || isLineEnd;
    const utf8 = isText && mass > 0 && mass >= minProbability ? advanceUtf8(node.utf8, byte) : undefined;
    if (utf8 === undefined) {
      continue;
    }
    const front = extendFront(node.front, byte, tree);
    children.push({
      parent: node,
      byte,
      byteLength: node.byteLength + 1,
      probability: front.mass,
      lineEnds: node.lineEnds + (isLineEnd ? 1 : 0),
      isWholeCharacters: utf8.missingCount === 0,
      isPieceEnd: pieceEndShare(front, tree.pieces) >= 0.5,
      nextMasses: undefined,
      front,
      utf8,
    });
  }
  return children;
}
