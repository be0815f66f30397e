/**
 * A stretch of text that is counted and forgotten as a whole: a document, or a part of one. A part begins with some tokens that
 * stand before it and are only context: they are counted where they belong.
 */
export interface Passage {
  /** What is counted, with its lead before it; without any mark. */
  readonly tokens: Uint16Array;
  /** How many of the first tokens are not counted. */
  readonly leadCount: number;
  /** Whether START stands before it; else a mark does that no query holds, and what was before is unknown. */
  readonly isDocumentStart: boolean;
  /** Different passages almost always differ in it. */
  readonly hash: number;
}

/** @param tokens owned by the passage from now on */
export function createPassage(
  tokens: Uint16Array,
  { leadCount = 0, isDocumentStart = true }: Partial<Pick<Passage, "leadCount" | "isDocumentStart">> = {},
): Passage {
  return { tokens, leadCount, isDocumentStart, hash: hashTokens(tokens, leadCount * 2 + (isDocumentStart ? 1 : 0)) };
}

/** Whether two passages count the same. */
export function isSamePassage(left: Passage, right: Passage): boolean {
  return (
    left.hash === right.hash &&
    left.leadCount === right.leadCount &&
    left.isDocumentStart === right.isDocumentStart &&
    areEqual(left.tokens, right.tokens)
  );
}

/** What is in one bag of passages and not in the other, and the other way round; copies count. */
export function comparePassages(
  before: readonly Passage[],
  after: readonly Passage[],
): { readonly gone: readonly Passage[]; readonly added: readonly Passage[] } {
  const waiting = new Map<number, Passage[]>();
  for (const passage of before) {
    const bucket = waiting.get(passage.hash);
    if (bucket === undefined) {
      waiting.set(passage.hash, [passage]);
    } else {
      bucket.push(passage);
    }
  }
  const added = after.filter((passage) => {
    const bucket = waiting.get(passage.hash) ?? [];
    const index = bucket.findIndex((candidate) => isSamePassage(candidate, passage));
    if (index >= 0) {
      bucket.splice(index, 1);
    }
    return index < 0;
  });
  return { gone: [...waiting.values()].flat(), added };
}

function hashTokens(tokens: Uint16Array, seed: number): number {
  let hash = tokens.length + Math.imul(seed, 0x9e37_79b1);
  for (const token of tokens) {
    hash = Math.imul(hash ^ token, 0x0100_0193); // FNV-1a
    hash ^= hash >>> 15;
  }
  return hash | 0;
}

function areEqual(left: Uint16Array, right: Uint16Array): boolean {
  if (left.length !== right.length) {
    return false;
  }
  for (let index = 0; index < left.length; index++) {
    if (left[index] !== right[index]) {
      return false;
    }
  }
  return true;
}
