import assert from "node:assert/strict";
import { createRng } from "../../../../src/base/rng.ts";
import { CountIndex } from "../../../../src/models/counting/countIndex.ts";
import { CountingModel, type CountingState } from "../../../../src/models/counting/countingModel.ts";
import { CountSegment } from "../../../../src/models/counting/countSegment.ts";
import { createPassage, type Passage } from "../../../../src/models/counting/passage.ts";
import { SuccessorTally } from "../../../../src/models/counting/successorTally.ts";
import { wittenBell } from "../../../../src/models/counting/wittenBell.ts";

describe("An index of counts", () => {
  for (const copies of [1, 3000]) {
    it(`tells behind how many different tokens each one stood, also of what was learnt a moment ago (${copies})`, () => {
      const index = new CountIndex({ vocabularySize: 6, startId: 0, breakId: 1 });
      // START 2 3 2 3 … 4 1: the 3 always stood behind a 2, the 2 behind START and a 3.
      index.learn([...Array.from({ length: 2 * copies }, () => [2, 3]).flat(), 4, 1]);
      assert.deepEqual([...index.unigrams("continuations").counts], [0, 1, 2, 1, 1, 0]);
      index.learn([5, 3, 5, 1]);
      assert.deepEqual([...index.unigrams("continuations").counts], [0, 2, 2, 2, 1, 2]);
    });
  }

  const V = 7;
  const OPTIONS = { vocabularySize: V, startId: 0, breakId: 1 };

  /** Passages that go into an index and out of it, by every way that there is. */
  class Bag {
    public readonly index = new CountIndex(OPTIONS);
    public readonly loose: Passage[] = [];
    public readonly adopted: { readonly segment: CountSegment; passages: Passage[] }[] = [];
    public readonly dropped: { readonly segment: CountSegment; readonly passages: readonly Passage[] }[] = [];

    public get passages(): readonly Passage[] {
      return [...this.loose, ...this.adopted.flatMap(({ passages }) => passages)];
    }

    public adopt(passages: readonly Passage[]): void {
      const segment = sorted(passages);
      this.adopted.push({ segment, passages: [...passages] });
      this.index.exchange({ learnt: { added: [segment], removed: [] }, forgotten: NOTHING });
    }

    /** Subtracts some passages of a segment by another one. */
    public drop(place: number, count: number): void {
      const from = this.adopted[place]!;
      const passages = from.passages.splice(0, count);
      const segment = sorted(passages);
      this.dropped.push({ segment, passages });
      this.index.exchange({ learnt: NOTHING, forgotten: { added: [segment], removed: [] } });
    }
  }

  const NOTHING = { added: [], removed: [] };
  const sorted = (passages: readonly Passage[]): CountSegment =>
    CountSegment.sort(passages, { ...OPTIONS, tally: new SuccessorTally(V) });
  const figuresOf = (index: CountIndex, contexts: readonly (readonly number[])[]): unknown => {
    const counts = index.createCounts();
    return contexts.map((context) =>
      (["occurrences", "continuations"] as const).map((kind) => {
        const recent = Int32Array.from(context.toReversed());
        index.collect({ recent, length: recent.length, maxDepth: 4, isUnbounded: true, kind }, counts);
        return counts.levels.map(({ depth, total, types, ones, twos, from, to }) => [
          [depth, total, types, ones, twos],
          Array.from({ length: to - from }, (_, at) =>
            [counts.tokens[from + at], counts.counts[from + at]].join(),
          ).sort(),
        ]);
      }),
    );
  };

  it("restores exactly what it said before a passage was learnt, whatever is sorted, taken in, subtracted and joined", () => {
    const rng = createRng(77);
    const randomPassage = (length: number): Passage => {
      // Few tokens are frequent, so that contexts are common enough for their counts to be kept.
      const tokens = Uint16Array.from({ length }, () => 2 + Math.min(rng.nextInt(V - 2), rng.nextInt(V - 2)));
      const isDocumentStart = rng.nextInt(2) === 0;
      return createPassage(tokens, {
        isDocumentStart,
        leadCount: isDocumentStart ? 0 : Math.min(length, rng.nextInt(4)),
      });
    };
    const bag = new Bag();
    bag.adopt(Array.from({ length: 60 }, () => randomPassage(400)));
    const contexts = Array.from({ length: 25 }, () => [
      ...(rng.nextInt(5) === 0 ? [0] : []),
      ...Array.from({ length: 1 + rng.nextInt(6) }, () => 2 + rng.nextInt(V - 2)),
    ]);
    for (let round = 0; round < 30; round++) {
      const before = figuresOf(bag.index, contexts);
      const passages = Array.from({ length: 1 + rng.nextInt(3) }, () => randomPassage(rng.nextInt(600)));
      passages.forEach((passage) => bag.index.learnPassage(passage));
      if (rng.nextInt(2) === 0) {
        bag.index.settle();
      }
      passages.forEach((passage) => bag.index.forgetPassage(passage));
      assert.deepEqual(figuresOf(bag.index, contexts), before);
      switch (rng.nextInt(5)) {
        case 0:
          bag.adopt(Array.from({ length: 5 }, () => randomPassage(rng.nextInt(1500))));
          break;
        case 1:
          bag.drop(rng.nextInt(bag.adopted.length), rng.nextInt(3));
          break;
        case 2: {
          const gone = bag.loose.splice(0, 1);
          gone.forEach((passage) => bag.index.forgetPassage(passage));
          break;
        }
        case 3: {
          // One of a segment that is not taken apart for it.
          const [passage] = bag.adopted[0]!.passages.splice(0, 1);
          bag.index.forgetPassage(passage!);
          break;
        }
        default: {
          const passage = randomPassage(rng.nextInt(2000));
          bag.index.learnPassage(passage);
          bag.loose.push(passage);
        }
      }
      const expected = new CountIndex(OPTIONS);
      bag.passages.forEach((passage) => expected.learnPassage(passage));
      assert.deepEqual(figuresOf(bag.index, contexts), figuresOf(expected, contexts), `round ${round}`);
      assert.deepEqual([...bag.index.unigrams("continuations").counts], [...expected.unigrams("continuations").counts]);
    }
    const model = new CountingModel({ index: bag.index, smoothing: wittenBell(), order: 5, isUnbounded: true });
    for (const context of contexts) {
      const state = context.reduce<CountingState | null>((at, token) => model.advance(at, token), null);
      const out = new Float64Array(V);
      model.probabilities(state, out);
      assert.ok(Math.abs(out.reduce((a, b) => a + b, 0) - 1) <= 1e-6);
    }
    const before = figuresOf(bag.index, contexts);
    bag.index.compact();
    assert.deepEqual(figuresOf(bag.index, contexts), before);
  });
});
