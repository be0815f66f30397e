import assert from "node:assert/strict";
import fc from "fast-check";
import { MATCH_RANKS, MatchIndex, matchedToken, matchRank } from "../../../src/tokens/matchIndex.ts";
import { advanceMatch, blankMatch, type TextMatch } from "../../../src/tokens/textMatch.ts";
import { naiveMatch } from "./naiveMatch.ts";

const START = 99;

/** Few tokens, so that long contexts come again. */
const anyText = fc.oneof(
  fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 200 }),
  fc
    .array(fc.constantFrom([1, 2, 3, 4, 5, 6, 7, 8, 9], [4, 4], [65_535, 0, 7]), { minLength: 1, maxLength: 40 })
    .map((parts) => parts.flat()),
);

function told(code: number): { readonly token: number; readonly rank: number } {
  return { token: matchedToken(code), rank: matchRank(code) };
}

describe("MatchIndex", () => {
  it("suggests what followed the last occurrence of the longest context that came before", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const index = new MatchIndex();
        for (const [place, token] of text.entries()) {
          assert.deepEqual(told(index.push(token)), naiveMatch(text.slice(0, place + 1)), `at ${place}`);
        }
      }),
    );
  });

  it("looks at no more of a text than it is told to, and adds what is behind that for once", () => {
    fc.assert(
      fc.property(anyText, fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 20 }), fc.nat(), (text, tail, cut) => {
        const index = new MatchIndex();
        text.forEach((token) => index.push(token));
        const length = 1 + (cut % text.length);
        assert.deepEqual(told(index.find(length)), naiveMatch(text.slice(0, length)));
        if (tail.length > 0) {
          assert.deepEqual(told(index.findBehind(length, tail)), naiveMatch([...text.slice(0, length), ...tail]));
        }
        assert.equal(index.length, text.length);
      }),
    );
  });

  it("has a rank for every length and none beyond", () => {
    const index = new MatchIndex();
    const ranks = new Set(Array.from({ length: 40 }, () => matchRank(index.push(7))));
    assert.deepEqual([...ranks].sort(), [0, 1, 2, 3, 4, 5]);
    assert.equal(MATCH_RANKS, 5);
  });
});

describe("A text's matches", () => {
  const readAll = (tokens: readonly number[], from: TextMatch = blankMatch(), isBranch = false): TextMatch =>
    tokens.reduce((match, token) => advanceMatch(match, token, { startId: START, isBranch }), from);

  it("are those of each branch, in whatever order branches are read on", () => {
    const anyBranches = fc.array(
      fc.record({
        from: fc.nat(),
        tokens: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 190 }),
        isBranch: fc.boolean(),
      }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(anyText, anyBranches, (text, branches) => {
        const known = [{ match: readAll(text), read: text }];
        for (const { from, tokens, isBranch } of branches) {
          const { match, read } = known[from % known.length]!;
          known.push({ match: readAll(tokens, match, isBranch), read: [...read, ...tokens] });
        }
        for (const { match, read } of known) {
          assert.deepEqual(told(match.code), naiveMatch(read));
          assert.deepEqual(told(readAll([2], match).code), naiveMatch([...read, 2]));
        }
      }),
    );
  });

  it("stay in one index while somebody types and branches are looked at beside every token", () => {
    const indexes = new Set<MatchIndex>();
    let match = blankMatch();
    for (let place = 0; place < 1000; place++) {
      readAll([5, 6, 7], match, true);
      match = readAll([1 + (place % 3)], match, place % 2 === 0);
      indexes.add(match.index);
    }
    assert.equal(indexes.size, 1);
    assert.ok(match.length > 900);
  });

  it("find what stands before the text that is read, where it is known", () => {
    const match = readAll([2, 3], blankMatch([1, 2, 3, 4, 9]));
    assert.deepEqual(told(match.code), { token: 4, rank: 2 });
  });

  it("begin anew at START", () => {
    const { code } = readAll([1, 2, 3, START, 1]);
    assert.deepEqual(told(code), { token: 0, rank: 0 });
  });
});
