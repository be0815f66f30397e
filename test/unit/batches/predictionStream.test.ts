import assert from "node:assert/strict";
import { PredictionStream } from "../../../src/batches/predictionStream.ts";
import { RingLanes } from "../../../src/batches/ringLanes.ts";
import type { TokenStream } from "../../../src/batches/tokenStream.ts";

/** Documents of tokens from 2 on, each behind START (0) and with END (1). */
function streamOf(...documents: readonly (readonly number[])[]): PredictionStream {
  const tokens = documents.flatMap((document) => [0, ...document, 1]);
  const documentStarts = [0];
  documents.forEach((document) => documentStarts.push((documentStarts.at(-1) as number) + document.length + 2));
  const stream: TokenStream = {
    tokens: Int32Array.from(tokens),
    documentStarts: Int32Array.from(documentStarts),
    documentCount: documents.length,
    predictedTokens: tokens.length - documents.length,
    bytes: 9,
    pieceBytes: new Uint16Array(20),
  };
  return new PredictionStream(stream);
}

describe("PredictionStream", () => {
  it("predicts all tokens but the STARTs, none across two documents, and clears at each START", () => {
    const stream = streamOf([2, 3], [4]);
    const place = { first: 0, countsFrom: 0, isCleared: false };
    const { inputs, targets, resets, weights } = stream.window([place], { windowTokens: 6, isRing: false });
    assert.deepEqual([...inputs], [0, 2, 3, 0, 4, 0]);
    assert.deepEqual([...targets], [2, 3, 1, 4, 1, 0]);
    assert.deepEqual([...resets], [1, 0, 0, 1, 0, 0]);
    assert.deepEqual([...weights], [1, 1, 1, 1, 1, 0]);
  });

  it("reads a run-up without counting it, and nothing before the beginning", () => {
    const stream = streamOf([2, 3], [4]);
    const places = [
      { first: -1, countsFrom: 0, isCleared: true },
      { first: 1, countsFrom: 3, isCleared: true },
    ];
    const { inputs, weights, resets } = stream.window(places, { windowTokens: 3, isRing: false });
    assert.deepEqual([...inputs], [0, 0, 2, 2, 3, 0]);
    assert.deepEqual([...weights], [0, 1, 1, 0, 0, 1]);
    assert.deepEqual([...resets], [1, 1, 0, 1, 0, 1]);
  });
});

describe("RingLanes", () => {
  const stream = streamOf(Array.from({ length: 29 }, (_, index) => index + 2));

  it("makes each prediction of a pass once, whatever the lengths of the windows", () => {
    const lanes = new RingLanes(stream, { laneCount: 3, seed: 4 });
    const seen: number[] = [];
    for (const length of [3, 5, 1, 9]) {
      seen.push(...lanes.next(length).targets);
    }
    assert.equal(lanes.passes, 1);
    assert.deepEqual(
      seen.toSorted((a, b) => a - b),
      [...stream.targets].sort((a, b) => a - b),
    );
  });

  it("reads on in each lane from window to window, and clears at the beginning of a pass alone", () => {
    const lanes = new RingLanes(stream, { laneCount: 2, seed: 1 });
    const first = lanes.next(4);
    const second = lanes.next(4);
    assert.equal(second.inputs[0], first.targets[3]);
    assert.equal(second.inputs[4], first.targets[7]);
    assert.equal(first.resets[0], 1);
    assert.ok(second.inputs[0] === 0 || second.resets[0] === 0);
  });

  it("cuts the ring elsewhere in every pass, as the seed says", () => {
    const begin = (seed: number): readonly number[] => {
      const lanes = new RingLanes(stream, { laneCount: 1, seed });
      return [0, 1, 2].map(() => lanes.next(30).inputs[0] as number);
    };
    assert.deepEqual(begin(1), begin(1));
    assert.ok(new Set([...begin(1), ...begin(2)]).size > 2);
  });

  it("refuses more lanes than there are predictions", () => {
    assert.throws(() => new RingLanes(stream, { laneCount: 31, seed: 1 }), /from 1 to 30/);
  });
});
