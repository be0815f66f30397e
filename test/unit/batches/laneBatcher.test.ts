import assert from "node:assert/strict";
import fc from "fast-check";
import { LaneBatcher } from "../../../src/batches/laneBatcher.ts";
import type { LaneBatch } from "../../../src/batches/laneBatches.ts";
import { documentMatchLines, documentPairs, laneReads, type Read } from "./laneReads.ts";
import { anyStream, streamOf } from "./streamOf.ts";

const anyShape = fc.record({
  laneCount: fc.integer({ min: 1, max: 9 }),
  windowTokens: fc.integer({ min: 1, max: 12 }),
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
});

const DAY_MS = 86_400_000;

function takePass(batcher: LaneBatcher): LaneBatch[] {
  return Array.from({ length: batcher.windowsPerEpoch }, () => batcher.next());
}

describe("LaneBatcher", () => {
  it("predicts every token but START exactly once a pass, and each after the token before it", () => {
    fc.assert(
      fc.property(anyStream, anyShape, (stream, shape) => {
        const batcher = new LaneBatcher(stream, shape);
        for (let pass = 0; pass < 3; pass++) {
          const pairs = laneReads(takePass(batcher)).flat();
          const seen = pairs.map(({ input, target }) => `${input}>${target}`).sort();
          assert.deepEqual(seen, documentPairs(stream).sort());
        }
      }),
    );
  });

  it("predicts every token once a pass by date too", () => {
    const anyDays = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(anyStream, anyShape, anyDays, (stream, shape, days) => {
        const modifiedEpochMs = days.slice(0, stream.documentCount).map((day) => day * DAY_MS);
        const batcher = new LaneBatcher(stream, { ...shape, byDate: { modifiedEpochMs, first: "newest" } });
        for (let pass = 0; pass < 2; pass++) {
          const seen = laneReads(takePass(batcher)).flatMap((reads) =>
            reads.map(({ input, target }) => `${input}>${target}`),
          );
          assert.deepEqual(seen.sort(), documentPairs(stream).sort());
        }
      }),
    );
  });

  describe("by date", () => {
    const texts = Array.from({ length: 26 }, (_, letter) => String.fromCharCode(97 + letter).repeat(3));
    const stream = streamOf(...texts);

    /** The first token of each document as each of two lanes reads them, of the second pass. */
    function lanesOf(modifiedEpochMs: readonly number[], first: "newest" | "oldest"): readonly (readonly number[])[] {
      // Documents of three letters and an END: a window of each lane is one.
      const shape = { laneCount: 2, windowTokens: 4, seed: 1 };
      const batcher = new LaneBatcher(stream, { ...shape, byDate: { modifiedEpochMs, first } });
      takePass(batcher);
      const windows = takePass(batcher);
      return [0, 4].map((place) => windows.map(({ targets }) => targets[place] as number));
    }

    it("has lanes read what was changed last first, or last", () => {
      const days = texts.map((_, document) => document * DAY_MS);
      const ascending = (lane: readonly number[]): readonly number[] => [...lane].sort((a, b) => a - b);
      for (const lane of lanesOf(days, "oldest")) {
        assert.deepEqual(lane, ascending(lane));
      }
      for (const lane of lanesOf(days, "newest")) {
        assert.deepEqual(lane, ascending(lane).toReversed());
      }
    });

    it("knows days and nothing finer", () => {
      const sameDay = texts.map((_, document) => 40 * DAY_MS + document);
      const alike = texts.map(() => 0);
      assert.deepEqual(lanesOf(sameDay, "newest"), lanesOf(alike, "newest"));
    });

    it("wants a date of every document", () => {
      for (const modifiedEpochMs of [[], texts.map(() => Number.NaN), [...texts, ""].map(() => 0)]) {
        assert.throws(() => lanesOf(modifiedEpochMs, "newest"), /a date of each of 26 documents/);
      }
    });
  });

  it("tells what every token suggests in its document, if asked", () => {
    fc.assert(
      fc.property(anyStream, anyShape, (stream, shape) => {
        const reads = laneReads(takePass(new LaneBatcher(stream, { ...shape, readsMatches: true }))).flat();
        const told = reads.map(({ input, target, match }) => `${input}>${target} ${match}`).sort();
        assert.deepEqual(told, documentMatchLines(stream).sort());
        assert.equal(new LaneBatcher(stream, shape).next().matches, undefined);
      }),
    );
  });

  it("reads each lane as contiguous text: an input is the target before it, or a START behind an END", () => {
    fc.assert(
      fc.property(anyStream, anyShape, (stream, shape) => {
        for (const lane of laneReads(takePass(new LaneBatcher(stream, shape)))) {
          lane.forEach((read, index) => {
            const before = lane[index - 1];
            if (before !== undefined) {
              assert.equal(read.input, before.target === 1 ? 0 : before.target);
            }
          });
        }
      }),
    );
  });

  it("resets the state at every START, at a lane's first token of a pass, and nowhere else", () => {
    fc.assert(
      fc.property(anyStream, anyShape, (stream, shape) => {
        const batcher = new LaneBatcher(stream, shape);
        for (let pass = 0; pass < 2; pass++) {
          for (const lane of laneReads(takePass(batcher))) {
            lane.forEach((read: Read, index) => {
              assert.equal(read.isReset, read.input === 0 || index === 0);
            });
          }
        }
      }),
    );
  });

  it("begins anew within long documents where told to, every other time with START, and predicts the same", () => {
    const shapes = fc.record({ restartTokens: fc.integer({ min: 2, max: 9 }) });
    fc.assert(
      fc.property(anyStream, anyShape, shapes, (stream, shape, { restartTokens }) => {
        const plain = new LaneBatcher(stream, { ...shape, readsMatches: true });
        const restarting = new LaneBatcher(stream, { ...shape, readsMatches: true, restartTokens });
        const longest = Math.max(
          ...stream.documentStarts.slice(1).map((end, index) => end - stream.documentStarts[index]!),
        );
        for (const batch of takePass(restarting)) {
          const same = plain.next();
          assert.deepEqual([batch.targets, batch.weights], [same.targets, same.weights]);
          batch.inputs.forEach((input, cell) => {
            assert.ok(input === same.inputs[cell] || (input === 0 && batch.resets[cell] === 1));
            assert.ok(batch.resets[cell] === 1 || same.resets[cell] === 0, "no reset is lost");
            assert.equal(batch.matches?.[cell], input === 0 ? 0 : same.matches?.[cell], "START suggests nothing");
          });
          if (longest <= restartTokens) {
            assert.deepEqual(batch, same);
          }
        }
      }),
    );
    const one = new LaneBatcher(streamOf("abcdefghij"), { laneCount: 1, windowTokens: 11, seed: 1, restartTokens: 3 });
    const [batch] = takePass(one);
    const begins = batch!.inputs.reduce<number[]>((found, input, cell) => (input === 0 ? [...found, cell] : found), []);
    assert.equal(
      begins.length,
      3,
      "at the document's beginning, after 3 and after 9 tokens; after 6 the text goes on from zero",
    );
  });

  it("never has START as a target that counts", () => {
    fc.assert(
      fc.property(anyStream, anyShape, (stream, shape) => {
        for (const { target } of laneReads(takePass(new LaneBatcher(stream, shape))).flat()) {
          assert.notEqual(target, 0);
        }
      }),
    );
  });

  it("gives lanes whose lengths differ by one at most", () => {
    fc.assert(
      fc.property(anyStream, anyShape, (stream, shape) => {
        const lengths = laneReads(takePass(new LaneBatcher(stream, shape))).map((lane) => lane.length);
        assert.ok(Math.max(...lengths) - Math.min(...lengths) <= 1, String(lengths));
      }),
    );
  });

  it("goes on at a saved position exactly as if it had not stopped", () => {
    fc.assert(
      fc.property(anyStream, anyShape, fc.nat({ max: 30 }), (stream, shape, taken) => {
        const whole = new LaneBatcher(stream, shape);
        for (let i = 0; i < taken; i++) {
          whole.next();
        }
        const resumed = new LaneBatcher(stream, { ...shape, start: whole.position });
        for (let i = 0; i < 10; i++) {
          assert.deepEqual(resumed.position, whole.position);
          assert.deepEqual(resumed.next(), whole.next());
        }
      }),
    );
  });

  it("counts windows and passes in its position", () => {
    const batcher = new LaneBatcher(streamOf("abcdefghij"), { laneCount: 1, windowTokens: 4, seed: 1 });
    assert.equal(batcher.windowsPerEpoch, 3);
    const positions = Array.from({ length: 4 }, () => {
      batcher.next();
      return batcher.position;
    });
    assert.deepEqual(
      positions.map(({ epoch, windowIndex }) => [epoch, windowIndex]),
      [
        [0, 1],
        [0, 2],
        [1, 0],
        [1, 1],
      ],
    );
  });

  it("takes the documents in another order, and cuts lanes at other places, in every pass and for every seed", () => {
    const stream = streamOf(..."abcdefghijklmnopqrstuvwxyz".split("").map((letter) => letter.repeat(5)));
    const readings = [1, 2].flatMap((seed) => {
      const batcher = new LaneBatcher(stream, { laneCount: 1, windowTokens: 1000, seed });
      return [0, 1, 2].map(() => [...batcher.next().inputs].join());
    });
    assert.equal(new Set(readings).size, 6);
    const single = new LaneBatcher(streamOf("abcdefghijklmnop"), { laneCount: 2, windowTokens: 8, seed: 3 });
    const firstInputs = Array.from({ length: 8 }, () => takePass(single)[0]!.inputs[0]);
    assert.ok(new Set(firstInputs).size > 2, String(firstInputs));
  });

  it("gives fewer lanes, and a shorter window, where the stream is small", () => {
    const many = new LaneBatcher(streamOf("a".repeat(99)), { laneCount: 64, windowTokens: 20, seed: 1 });
    assert.deepEqual([many.laneCount, many.windowTokens, many.windowsPerEpoch], [5, 20, 1]);
    const one = new LaneBatcher(streamOf("ab"), { laneCount: 64, windowTokens: 64, seed: 1 });
    assert.deepEqual([one.laneCount, one.windowTokens, one.windowsPerEpoch], [1, 3, 1]);
    const empty = new LaneBatcher(streamOf(""), { laneCount: 64, windowTokens: 64, seed: 1 });
    assert.deepEqual([...empty.next().targets], [1]);
  });

  it("leaves less padding than one window of a lane divided by the number of windows", () => {
    const batcher = new LaneBatcher(streamOf("a".repeat(259)), { laneCount: 2, windowTokens: 64, seed: 1 });
    assert.deepEqual([batcher.laneCount, batcher.windowTokens, batcher.windowsPerEpoch], [2, 44, 3]);
  });

  it("rejects streams, shapes and positions that cannot be", () => {
    const shape = { laneCount: 2, windowTokens: 4, seed: 1 };
    assert.throws(() => new LaneBatcher(streamOf(), shape), RangeError);
    assert.throws(() => new LaneBatcher(streamOf("a"), { ...shape, laneCount: 0 }), RangeError);
    assert.throws(() => new LaneBatcher(streamOf("a"), { ...shape, windowTokens: 1.5 }), RangeError);
    for (const start of [
      { epoch: 0, windowIndex: 99 },
      { epoch: -1, windowIndex: 0 },
      { epoch: 0, windowIndex: 0.5 },
    ]) {
      assert.throws(() => new LaneBatcher(streamOf("a"), { ...shape, start }), RangeError);
    }
  });
});
