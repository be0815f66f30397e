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

/** Nothing was read yet but, where they are known, the tokens that came before. */
export function blankMatch(before: readonly number[] = []): TextMatch {
  const index = new MatchIndex();
  const code = before.reduce((_, token) => index.push(token), NO_MATCH);
  return { index, length: index.length, tail: [], code };
}

/** How a token is read. */
export interface AdvanceOptions {
  /** Begins a text of its own. */
  readonly startId: number;
  /** Whether others may read on from the same place, as the branches of a search do: then the end of the index is left free. */
  readonly isBranch: boolean;
}

/** Longer than what is typed in one line and looked ahead from there. */
const MOST_TAIL = 128;

/**
 * One token on. Who reads on at the end of an index lengthens it, by the branch that led there too, and who reads what stands there already shares it. Branches,
 * and those who go on otherwise, remember what they read; when that has become long it goes into the index, or into one of their own where theirs goes on otherwise.
 */
export function advanceMatch(match: TextMatch, token: number, { startId, isBranch }: AdvanceOptions): TextMatch {
  const { index, length, tail } = token === startId ? blankMatch() : match;
  const isAtEnd = length === index.length;
  if (tail.length === 0 && !isAtEnd && index.at(length) === token) {
    return { index, length: length + 1, tail, code: index.find(length + 1) };
  }
  const longer = [...tail, token];
  if (isAtEnd ? isBranch && longer.length <= MOST_TAIL : longer.length <= MOST_TAIL) {
    return { index, length, tail: longer, code: index.findBehind(length, longer) };
  }
  const own = isAtEnd ? index : index.copy(length);
  const code = longer.reduce((_, one) => own.push(one), NO_MATCH);
  return { index: own, length: own.length, tail: [], code };
}
