import assert from "node:assert/strict";
import { createRng } from "../../../../src/base/rng.ts";
import { CountIndex } from "../../../../src/models/counting/countIndex.ts";
import { CountSegment } from "../../../../src/models/counting/countSegment.ts";
import { createPassage, type Passage } from "../../../../src/models/counting/passage.ts";
import { SuccessorTally } from "../../../../src/models/counting/successorTally.ts";
import type { SegmentNews } from "../../../../src/predictor/counting/counterMessages.ts";
import { type FreshFile, SegmentShelf } from "../../../../src/predictor/counting/segmentShelf.ts";

const V = 9;
const OPTIONS = { vocabularySize: V, startId: 0, breakId: 1 };

describe("A shelf of segments", () => {
  const rng = createRng(21);
  let shelf: SegmentShelf;
  let index: CountIndex;
  let segments: Map<number, CountSegment>;
  let files: Map<string, readonly Passage[]>;

  beforeEach(() => {
    shelf = new SegmentShelf({ ...OPTIONS, tally: new SuccessorTally(V) });
    index = new CountIndex(OPTIONS);
    segments = new Map();
    files = new Map();
  });

  const randomFile = (path: string): FreshFile => {
    const passages = Array.from({ length: 1 + rng.nextInt(3) }, (_, place) =>
      createPassage(
        Uint16Array.from({ length: 5 + rng.nextInt(60) }, () => 2 + rng.nextInt(V - 2)),
        { leadCount: place === 0 ? 0 : 2, isDocumentStart: place === 0 },
      ),
    );
    files.set(path, passages);
    return { path, facts: { sizeBytes: 1, modifiedEpochMs: 1, textHash: path, textBytes: 1 }, passages };
  };
  const put = (...paths: readonly string[]): void => shelf.put(paths.map(randomFile));
  const remove = (path: string): void => {
    files.delete(path);
    shelf.remove(path);
  };
  const takeNews = ({ added, removed }: SegmentNews): { added: CountSegment[]; removed: CountSegment[] } => {
    const taken = added.map(({ id, parts }) => {
      const segment = new CountSegment(parts, OPTIONS.startId);
      segments.set(id, segment);
      return segment;
    });
    return { added: taken, removed: removed.map((id) => segments.get(id)!) };
  };
  /** Whether who follows the shelf counts the files that are there and nothing else. */
  const check = (): void => {
    const { learnt, forgotten } = shelf.takeChange();
    index.exchange({ learnt: takeNews(learnt), forgotten: takeNews(forgotten) });
    const expected = new CountIndex(OPTIONS);
    [...files.values()].flat().forEach((passage) => expected.learnPassage(passage));
    const figures = (counts: CountIndex): unknown => {
      const found = counts.createCounts();
      return [...files.values()].flat().map(({ tokens }) => {
        const recent = Int32Array.from(tokens.toReversed());
        for (const kind of ["occurrences", "continuations"] as const) {
          counts.collect({ recent, length: recent.length, maxDepth: 4, isUnbounded: true, kind }, found);
        }
        const levels = found.levels.map(({ depth, total, from, to }) => [
          depth,
          total,
          Array.from({ length: to - from }, (_, at) =>
            [found.tokens[from + at], found.counts[from + at]].join(),
          ).sort(),
        ]);
        return [levels, [...counts.unigrams("occurrences").counts], counts.tokenCount, counts.documentCount];
      });
    };
    assert.deepEqual(figures(index), figures(expected));
  };

  it("joins segments of like size into one and counts the same", () => {
    for (let batch = 0; batch < 6; batch++) {
      put(`a${batch}`, `b${batch}`);
      check();
    }
    remove("a3");
    check();
    assert.equal(shelf.segments.size, 6);
    const work = shelf.join();
    assert.ok(work !== undefined);
    Array.from(work);
    assert.equal(shelf.segments.size, 1);
    check();
    assert.equal(index.segmentCount, 1, "what was forgotten is gone as well");
    assert.equal(shelf.join(), undefined);
    put("a3", "b1");
    check();
  });

  it("leaves few segments alone, and large ones beside many small ones", () => {
    put("a");
    put("b");
    put("c");
    assert.equal(shelf.join(), undefined);
    put(...Array.from({ length: 300 }, (_, n) => `many${n}`));
    const large = Math.max(...shelf.segments.keys());
    assert.equal(shelf.join(), undefined);
    put("d");
    Array.from(shelf.join() ?? assert.fail("four small ones are joined"));
    assert.ok(shelf.segments.has(large));
    assert.equal(shelf.segments.size, 2);
    check();
  });

  for (const [title, change] of [
    ["a file went", () => remove("b2")],
    ["a file was counted anew", () => put("b2")],
    ["the segments were joined otherwise", () => Array.from(shelf.join() ?? [])],
  ] as const) {
    it(`gives up joining where ${title} meanwhile, and joins rightly when asked again`, () => {
      for (let batch = 0; batch < 5; batch++) {
        put(`a${batch}`, `b${batch}`);
      }
      const work = shelf.join();
      assert.ok(work !== undefined && work.next().done !== true);
      change();
      check();
      let step = work.next();
      while (step.done !== true) {
        step = work.next();
      }
      assert.equal(step.value, false);
      check();
      Array.from(shelf.join() ?? []);
      check();
      assert.ok(shelf.segments.size <= 2);
    });
  }

  it("counts the same through hundreds of random changes with joining in between", () => {
    let work: Generator<void, boolean> | undefined;
    for (let round = 0; round < 150; round++) {
      const path = `f${rng.nextInt(25)}`;
      if (rng.nextInt(4) === 0) {
        remove(path);
      } else {
        put(path, `g${rng.nextInt(25)}`);
      }
      if (rng.nextInt(3) === 0) {
        shelf.tidy();
      }
      work ??= shelf.join();
      for (let step = 0; work !== undefined && step < 4; step++) {
        work = work.next().done === true ? undefined : work;
      }
      if (round % 5 === 0) {
        check();
      }
    }
    check();
  });
});
