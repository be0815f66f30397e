import assert from "node:assert/strict";
import { createRng } from "../../../../src/base/rng.ts";
import { ContextCounts, unigramLevel } from "../../../../src/models/counting/contextCounts.ts";
import { LocalCounts } from "../../../../src/models/counting/localCounts.ts";
import { createPassage, type Passage } from "../../../../src/models/counting/passage.ts";
import { PassageCounts } from "../../../../src/models/counting/passageCounts.ts";

const START = 0;
const V = 6;

function passageOf(seed: number, { length = 150, leadCount = 0, isDocumentStart = true } = {}): Passage {
  const rng = createRng(seed);
  const tokens = Uint16Array.from({ length }, () => 1 + Math.floor(rng.next() * (V - 1)));
  return createPassage(tokens, { leadCount, isDocumentStart });
}

/** All that can be told apart of what is counted. */
function told(counts: LocalCounts): unknown {
  const found = new ContextCounts(unigramLevel(new Uint32Array(V)));
  const contexts = [[], [1], [2, 1], [3, 4, 2], [START], [1, START], [5, 5]];
  return contexts.map((recent) => {
    found.clear(unigramLevel(new Uint32Array(V)), 0);
    counts.collect({ recent: Int32Array.from(recent), length: recent.length }, found);
    return found.levels.map(({ depth, from, to }) => [
      depth,
      Array.from(found.tokens.subarray(from, to), (token, index) => [token, found.counts[from + index]]).sort(),
    ]);
  });
}

function shown(passages: readonly Passage[]): unknown {
  const counts = new LocalCounts({ vocabularySize: V, startId: START });
  Array.from(new PassageCounts(counts, START).show(passages));
  return told(counts);
}

describe("PassageCounts", () => {
  const [a, b, c] = [passageOf(1), passageOf(2), passageOf(3, { leadCount: 4, isDocumentStart: false })] as const;

  it("counts what it is to show, whatever was there before, copies and all", () => {
    const counts = new LocalCounts({ vocabularySize: V, startId: START });
    const bag = new PassageCounts(counts, START);
    for (const passages of [[a, b], [b, c, c], [], [c], [passageOf(3, { leadCount: 4, isDocumentStart: false }), a]]) {
      Array.from(bag.show(passages));
      assert.deepEqual(told(counts), shown(passages));
    }
    assert.equal(counts.tokenCount, 150 - 4 + 150);
  });

  it("counts nothing of a lead, and it is context", () => {
    const counts = new LocalCounts({ vocabularySize: V, startId: START });
    const passage = createPassage(Uint16Array.of(2, 1, 3), { leadCount: 2, isDocumentStart: false });
    Array.from(new PassageCounts(counts, START).show([passage]));
    assert.equal(counts.tokenCount, 1);
    const found = new ContextCounts(unigramLevel(new Uint32Array(V)));
    counts.collect({ recent: Int32Array.of(1, 2), length: 2 }, found);
    assert.equal(found.levels[0]?.depth, 2);
  });

  it("may be given up anywhere, and goes on from there", () => {
    const whole = shown([b, c]);
    for (const steps of [1, 2, 3, 5]) {
      const counts = new LocalCounts({ vocabularySize: V, startId: START });
      const bag = new PassageCounts(counts, START);
      Array.from(bag.show([a]));
      const work = bag.show([b, a, c]);
      for (let step = 0; step < steps; step++) {
        work.next();
      }
      Array.from(bag.show([b, c]));
      assert.equal(work.next().done, true, "the older call has ended");
      assert.deepEqual(told(counts), whole);
    }
  });

  it("forgets all at once where little stays, and token by token where much does", () => {
    const counts = new LocalCounts({ vocabularySize: V, startId: START });
    const bag = new PassageCounts(counts, START);
    let forgotten = 0;
    const forget = counts.forget.bind(counts);
    counts.forget = (context, token) => {
      forgotten++;
      forget(context, token);
    };
    Array.from(bag.show([a, b, c]));
    Array.from(bag.show([a, b]));
    assert.equal(forgotten, 146);
    Array.from(bag.show([b, c]));
    Array.from(bag.show([a]));
    assert.equal(forgotten, 146 + 150);
    assert.deepEqual(told(counts), shown([a]));
  });

  it("does not begin anew what stays, and has another version only where counts change", () => {
    const bag = new PassageCounts(new LocalCounts({ vocabularySize: V, startId: START }), START);
    Array.from(bag.show([a, b]));
    const { version } = bag;
    Array.from(bag.show([b, a]));
    assert.equal(bag.version, version);
    Array.from(bag.show([b, a, passageOf(9, { length: 10 })]));
    assert.equal(bag.version, version + 10);
  });
});
