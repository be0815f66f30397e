import { MatchIndex, NO_MATCH } from "./matchIndex.ts";

/** What was read of a text, for matches in it. Immutable and free to be shared. */
export interface TextMatch {
  readonly index: MatchIndex;
  /** How much of the index was read; what lies behind belongs to others. */
  readonly length: number;
  /** What was read behind that. */
  readonly tail: readonly number[];
  /** What the last token suggests, as `MatchIndex` tells it. */
  readonly code: number;
}

/** Longer than what suggestions look ahead. */
const MOST_TAIL = 64;

/** Nothing was read yet. */
export function blankMatch(): TextMatch {
  return { index: new MatchIndex(), length: 0, tail: [], code: NO_MATCH };
}

/**
 * One token on. Whoever reads on at the end of an index lengthens it, and who reads what stands there already shares it. Those who go on otherwise, as the
 * branches of a search do, remember it themselves; when that has become long they have an index of their own.
 * @param startId begins a text of its own
 */
export function advanceMatch(match: TextMatch, token: number, startId: number): TextMatch {
  const { index, length, tail } = token === startId ? blankMatch() : match;
  if (tail.length === 0 && length === index.length) {
    return { index, length: length + 1, tail, code: index.push(token) };
  }
  if (tail.length === 0 && index.at(length) === token) {
    return { index, length: length + 1, tail, code: index.find(length + 1) };
  }
  const longer = [...tail, token];
  if (longer.length <= MOST_TAIL) {
    return { index, length, tail: longer, code: index.findBehind(length, longer) };
  }
  const own = index.copy(length);
  let code = NO_MATCH;
  for (const one of longer) {
    code = own.push(one);
  }
  return { index: own, length: own.length, tail: [], code };
}
