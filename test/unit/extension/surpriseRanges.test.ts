import assert from "node:assert/strict";
import { surpriseAt, surpriseRanges } from "../../../src/extension/surpriseRanges.ts";
import type { TextRange } from "../../../src/protocol/predictorMessages.ts";
import type { SurpriseSpan } from "../../../src/protocol/surpriseMessages.ts";

const TEXT = "let a\n  = 1;\n";

/** Tokens by where they end, with their bits. */
function spansOf(...ends: readonly (readonly [end: number, bits: number])[]): readonly SurpriseSpan[] {
  return ends.map(([end, bits]) => ({ end, nats: bits * Math.LN2, likelier: [] }));
}

function shown(ranges: readonly TextRange[] | undefined): readonly string[] {
  return (ranges ?? []).map(({ start, end }) => `${start.line}:${start.column}-${end.line}:${end.column}`);
}

describe("The ranges of surprise", () => {
  it("have a step of colour for each token, none for what was expected", () => {
    const ranges = surpriseRanges({ text: TEXT, spans: spansOf([3, 12], [5, 0.5], [8, 1.5], [9, 5], [13, 0]) });
    assert.deepEqual(ranges.map(shown), [["0:5-1:2"], [], ["1:2-1:3"], [], ["0:0-0:3"]]);
  });

  it("are one for neighbours of one step, also over a line end", () => {
    const ranges = surpriseRanges({ text: TEXT, spans: spansOf([3, 2], [5, 3], [6, 2.5], [8, 3.9], [13, 0]) });
    assert.deepEqual(shown(ranges[1]), ["0:0-1:2"]);
  });

  it("leave out tokens that complete no character", () => {
    const ranges = surpriseRanges({ text: "ß", spans: spansOf([0, 9], [1, 2]) });
    assert.deepEqual(ranges.map(shown), [[], ["0:0-0:1"], [], [], []]);
  });

  it("end where reading has come to", () => {
    assert.deepEqual(surpriseRanges({ text: TEXT, spans: [] }).map(shown), [[], [], [], [], []]);
  });
});

describe("What is said of a token", () => {
  const spans = [
    { end: 3, nats: 2 * Math.LN2, likelier: [{ text: "var", isEnd: false, probability: 0.5 }] },
    { end: 8, nats: Math.LN2, likelier: [] },
  ];

  it("is that of the token which holds the character", () => {
    const found = surpriseAt({ text: TEXT, spans }, 2);
    assert.deepEqual(found?.lines, ['"let": 2.00 bits, probability 25 %', 'rather "var" 50 %']);
    assert.deepEqual(shown([found.range]), ["0:0-0:3"]);
    assert.deepEqual(shown([surpriseAt({ text: TEXT, spans }, 3)?.range as TextRange]), ["0:3-1:2"]);
  });

  it("is nothing behind what was read", () => {
    assert.equal(surpriseAt({ text: TEXT, spans }, 8), null);
  });
});
