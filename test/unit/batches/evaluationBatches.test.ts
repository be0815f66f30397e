import assert from "node:assert/strict";
import fc from "fast-check";
import { EvaluationBatches } from "../../../src/batches/evaluationBatches.ts";
import { cutDocuments } from "../../../src/batches/stretches.ts";
import { laneReads } from "./laneReads.ts";
import { anyStream, streamOf } from "./streamOf.ts";

const anyShape = fc.record({
  laneCount: fc.integer({ min: 1, max: 9 }),
  windowTokens: fc.integer({ min: 1, max: 12 }),
});

describe("EvaluationBatches", () => {
  it("reads every document once, from START to END, within one lane", () => {
    fc.assert(
      fc.property(anyStream, anyShape, (stream, shape) => {
        const batches = new EvaluationBatches(stream, shape);
        const documents = laneReads([...batches.windows()])
          .flatMap((lane) => splitAtResets(lane))
          .map((document) => [...document.map(({ input }) => input), document.at(-1)!.target].join());
        const expected = Array.from({ length: stream.documentCount }, (_, document) =>
          stream.tokens.slice(stream.documentStarts[document], stream.documentStarts[document + 1]).join(),
        );
        assert.deepEqual(documents.sort(), expected.sort());
      }),
    );
  });

  it("predicts behind each input the token that comes next", () => {
    fc.assert(
      fc.property(anyStream, anyShape, (stream, shape) => {
        for (const lane of laneReads([...new EvaluationBatches(stream, shape).windows()])) {
          lane.forEach(({ target, isReset, input }, index) => {
            const next = lane[index + 1];
            assert.ok(target === 1 ? next === undefined || next.isReset : next?.input === target);
            assert.equal(isReset, input === 0);
          });
        }
      }),
    );
  });

  it("says how many targets count and how many bytes they stand for", () => {
    fc.assert(
      fc.property(anyStream, anyShape, (stream, shape) => {
        const batches = new EvaluationBatches(stream, shape);
        const windows = [...batches.windows()];
        assert.equal(windows.length, batches.windowCount);
        assert.equal(laneReads(windows).flat().length, batches.predictedTokens);
        assert.equal(batches.bytes, stream.tokens.length - 2 * stream.documentCount);
      }),
    );
  });

  it("has the same shape in all windows, and gives the same windows in every pass", () => {
    const batches = new EvaluationBatches(streamOf("abc", "defgh", "i"), { laneCount: 2, windowTokens: 2 });
    const windows = [...batches.windows()];
    for (const window of windows) {
      assert.equal(window.inputs.length, batches.laneCount * batches.windowTokens);
    }
    assert.deepEqual([...batches.windows()], windows);
  });

  it("uses few lanes where one document is far longer than the others", () => {
    const stream = streamOf("a".repeat(1000), ..."bcdefghijklmnop".split("").map((letter) => letter.repeat(10)));
    assert.ok(new EvaluationBatches(stream, { laneCount: 64, windowTokens: 64 }).laneCount <= 2);
  });

  it("uses all lanes where documents are alike", () => {
    const stream = streamOf(...Array.from({ length: 64 }, () => "a".repeat(50)));
    const batches = new EvaluationBatches(stream, { laneCount: 48, windowTokens: 64 });
    assert.ok(batches.laneCount >= 32, String(batches.laneCount));
  });

  it("counts every prediction once when documents are cut, each after its run-up or from START", () => {
    const cuts = fc.record({ maxCount: fc.integer({ min: 1, max: 15 }), runUpTokens: fc.integer({ min: 0, max: 6 }) });
    fc.assert(
      fc.property(anyStream, anyShape, cuts, (stream, shape, cut) => {
        const stretches = cutDocuments(stream, cut);
        const batches = new EvaluationBatches(stream, shape, stretches);
        assert.equal(batches.predictedTokens, stream.predictedTokens);
        assert.equal(batches.bytes, stream.bytes);
        let [countedCount, resetCount] = [0, 0];
        for (const { weights, resets } of batches.windows()) {
          countedCount += weights.reduce((sum, weight) => sum + weight, 0);
          resetCount += resets.reduce((sum, reset) => sum + reset, 0);
        }
        assert.equal(countedCount, stream.predictedTokens);
        assert.equal(resetCount, stretches.length);
        for (const { firstToken, count, runUpCount } of stretches) {
          assert.ok(count - runUpCount <= cut.maxCount);
          assert.ok(runUpCount === cut.runUpTokens || firstToken === 0);
        }
      }),
    );
  });

  it("rejects an empty stream and impossible shapes", () => {
    assert.throws(() => new EvaluationBatches(streamOf(), { laneCount: 1, windowTokens: 1 }), RangeError);
    assert.throws(() => new EvaluationBatches(streamOf("a"), { laneCount: 0, windowTokens: 1 }), RangeError);
    assert.throws(() => new EvaluationBatches(streamOf("a"), { laneCount: 1, windowTokens: 0 }), RangeError);
  });
});

function splitAtResets<T extends { readonly isReset: boolean }>(lane: readonly T[]): T[][] {
  const parts: T[][] = [];
  for (const read of lane) {
    if (read.isReset) {
      parts.push([]);
    }
    parts.at(-1)!.push(read);
  }
  return parts;
}
