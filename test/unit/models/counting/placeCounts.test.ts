import assert from "node:assert/strict";
import { createRng } from "../../../../src/base/rng.ts";
import { PLACE_KINDS, PlaceContexts } from "../../../../src/models/counting/placeContexts.ts";
import { PlaceCounts } from "../../../../src/models/counting/placeCounts.ts";
import { SuccessorTally } from "../../../../src/models/counting/successorTally.ts";
import { extendHistory, type TokenHistory } from "../../../../src/models/counting/tokenHistory.ts";

const START = 0;
const TEXTS = ["", "a", "b", " ", "\n", "(", ")", "cd"];
const V = TEXTS.length;

interface Read {
  readonly context: TokenHistory | null;
  readonly token: number;
}

function readAll(tokens: Iterable<number>): readonly Read[] {
  let context: TokenHistory | null = extendHistory(null, START, START);
  return Array.from(tokens, (token) => {
    const read = { context, token };
    context = extendHistory(context, token, START);
    return read;
  });
}

function randomTokens(seed: number, length: number): readonly number[] {
  const rng = createRng(seed);
  return Array.from({ length }, () => 1 + Math.floor(rng.next() * (V - 1)));
}

/** What followed places like one, for each kind: token and count, in the order of tokens. */
function followers(counts: PlaceCounts, context: TokenHistory | null): readonly (readonly [number, number][])[] {
  const tally = new SuccessorTally(V);
  counts.look(context);
  return Array.from({ length: PLACE_KINDS }, (_, kind) => {
    tally.clear();
    counts.tally(kind, tally);
    return Array.from({ length: tally.size }, (__, index): [number, number] => {
      const token = tally.token(index);
      return [token, tally.count(token)];
    }).sort(([left], [right]) => left - right);
  });
}

describe("PlaceCounts", () => {
  it("counts what followed places that are alike", () => {
    const counts = new PlaceCounts(new PlaceContexts(TEXTS));
    // b and then anything is followed by "(" twice and by ")" once; the kind that passes over one token sees it.
    const reads = readAll([2, 2, 1, 5, 2, 2, 7, 5, 2, 2, 3, 6]);
    for (const { context, token } of reads) {
      counts.learn(context, token);
    }
    const [gap] = followers(counts, readAll([1, 2, 2, 4, 1])[4]?.context ?? null);
    assert.deepEqual(gap, [
      [5, 2],
      [6, 1],
    ]);
    counts.clear();
    assert.ok(reads.every(({ context }) => followers(counts, context).every((kind) => kind.length === 0)));
  });

  it("is after learning and forgetting what it was before, also when there was much of it", () => {
    const kept = readAll(randomTokens(1, 400));
    const [counts, expected] = [1, 2].map(() => new PlaceCounts(new PlaceContexts(TEXTS))) as [
      PlaceCounts,
      PlaceCounts,
    ];
    for (const { context, token } of kept) {
      expected.learn(context, token);
    }
    const passing = readAll(randomTokens(2, 1_500));
    for (const [index, { context, token }] of passing.entries()) {
      counts.learn(context, token);
      const own = kept[index];
      if (own !== undefined) {
        counts.learn(own.context, own.token);
      }
    }
    const grown = counts.byteLength;
    for (let index = passing.length - 1; index >= 0; index--) {
      const { context, token } = passing[(index * 7) % passing.length] as Read;
      counts.forget(context, token);
    }
    for (const { context } of [...kept, ...passing].filter((_, index) => index % 20 === 0)) {
      assert.deepEqual(followers(counts, context), followers(expected, context));
    }
    for (let round = 0; round < 4; round++) {
      for (const { context, token } of passing) {
        counts.learn(context, token);
      }
      for (const { context, token } of passing) {
        counts.forget(context, token);
      }
    }
    assert.ok(counts.byteLength <= grown, "what is forgotten takes no room for ever");
  });
});
