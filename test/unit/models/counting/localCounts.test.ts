import assert from "node:assert/strict";
import fc from "fast-check";
import { ContextCounts, unigramLevel } from "../../../../src/models/counting/contextCounts.ts";
import { LocalCounts } from "../../../../src/models/counting/localCounts.ts";
import { extendHistory, readHistory, type TokenHistory } from "../../../../src/models/counting/tokenHistory.ts";

const START = 0;
const V = 6;

type Document = readonly number[];

/** Calls `visit` with every token and what stands before it. */
function walk(document: Document, visit: (context: TokenHistory, token: number) => void): void {
  let context = extendHistory(null, START, START);
  for (const token of document) {
    visit(context, token);
    context = extendHistory(context, token, START);
  }
}

function learnt(documents: readonly Document[], maxDepth = 4): LocalCounts {
  const local = new LocalCounts({ vocabularySize: V, startId: START, maxDepth });
  for (const document of documents) {
    walk(document, (context, token) => {
      local.learn(context, token);
    });
  }
  return local;
}

function forget(local: LocalCounts, document: Document): void {
  walk(document, (context, token) => {
    local.forget(context, token);
  });
}

/** What followed the contexts that `text` ends in: depth → token → count. */
function lookUp(local: LocalCounts, text: Document): ReadonlyMap<number, ReadonlyMap<number, number>> {
  const counts = new ContextCounts(unigramLevel(new Uint32Array(V)));
  counts.clear(counts.unigrams, 0);
  local.collect({ recent: Int32Array.from(text.toReversed()), length: text.length }, counts);
  return new Map(
    counts.levels.map(({ depth, from, to }) => [
      depth,
      new Map(
        Array.from({ length: to - from }, (_, index): [number, number] => [
          counts.tokens[from + index] as number,
          counts.counts[from + index] as number,
        ]).sort(([left], [right]) => left - right),
      ),
    ]),
  );
}

const documentArbitrary = fc.array(fc.integer({ min: 1, max: V - 1 }), { maxLength: 30 });
const QUERIES: readonly Document[] = [[], [START], [START, 1], [1], [2, 1], [1, 2, 3], [START, 1, 2, 3, 4], [5, 5, 5]];

describe("LocalCounts", () => {
  it("counts occurrences behind the longest context and continuations behind the shorter ones", () => {
    // After 1: 2 twice (behind START and behind 2), 3 once. After 2 1: 2 once and 3 once. After START: 1.
    const local = learnt([[1, 2, 1, 2, 1, 3]], 2);
    const found = lookUp(local, [START, 1, 2, 1]);
    assert.deepEqual(found.get(2), new Map([[2, 1], [3, 1]])); // prettier-ignore
    assert.deepEqual(found.get(1), new Map([[2, 2], [3, 1]])); // prettier-ignore
    // 1 followed START and 2; 2 followed 1 alone, and so did 3.
    assert.deepEqual(found.get(0), new Map([[1, 2], [2, 1], [3, 1]])); // prettier-ignore
  });

  it("counts occurrences behind a context that begins its document", () => {
    const local = learnt([[1, 2], [1, 2], [1, 3]], 4); // prettier-ignore
    assert.deepEqual(lookUp(local, [START, 1]).get(2), new Map([[2, 2], [3, 1]])); // prettier-ignore
  });

  it("leaves out contexts that never occurred, and says nothing where nothing was learnt", () => {
    assert.deepEqual([...lookUp(learnt([[1, 2, 3]]), [4, 1]).keys()], [1, 0]);
    assert.equal(lookUp(learnt([]), [START]).size, 0);
  });

  it("says the same after something was learnt and forgotten as if that had never been", () => {
    fc.assert(
      fc.property(fc.array(documentArbitrary, { maxLength: 5 }), documentArbitrary, (documents, other) => {
        const local = learnt([other, ...documents]);
        forget(local, other);
        const fresh = learnt(documents);
        for (const query of QUERIES) {
          assert.deepEqual(lookUp(local, query), lookUp(fresh, query));
        }
        assert.equal(local.tokenCount, fresh.tokenCount);
      }),
    );
  });

  it("does not grow however often it learns and forgets", () => {
    const local = new LocalCounts({ vocabularySize: 1000, startId: START, maxDepth: 4 });
    let most = 0;
    for (let round = 0; round < 40; round++) {
      const document = Array.from({ length: 2000 }, (_, index) => 1 + ((index * 7 + round * 131) % 997));
      walk(document, (context, token) => {
        local.learn(context, token);
      });
      forget(local, document);
      most = round < 5 ? local.byteLength : most;
    }
    assert.equal(local.tokenCount, 0);
    assert.ok(local.byteLength <= 4 * most, `${local.byteLength} bytes after 40 rounds, ${most} after 5`);
  });

  it("refuses to forget what was not learnt, and then changes nothing", () => {
    const local = learnt([[1, 2, 3]]);
    const context = extendHistory(extendHistory(null, START, START), 1, START);
    assert.throws(() => {
      local.forget(context, 3);
    }, RangeError);
    assert.deepEqual(lookUp(local, [START, 1]), lookUp(learnt([[1, 2, 3]]), [START, 1]));
  });

  it("refuses START and tokens that there are not", () => {
    const local = learnt([]);
    for (const token of [START, V, -1]) {
      assert.throws(() => {
        local.learn(null, token);
      }, RangeError);
    }
  });
});

describe("A token history", () => {
  it("begins anew at START and reads backwards", () => {
    const history = [1, 2, START, 3, 4].reduce<TokenHistory | null>(
      (read, token) => extendHistory(read, token, START),
      null,
    );
    const out = new Int32Array(8);
    assert.equal(readHistory(history, out), 3);
    assert.deepEqual([...out.subarray(0, 3)], [4, 3, START]);
    assert.equal(history?.tokenIndex, 2);
  });
});
