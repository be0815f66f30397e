import assert from "node:assert/strict";
import type { CorpusDocument } from "../../../src/corpus/corpus.ts";
import { heldOutSample, heldOutWhole } from "../../../src/engine/heldOutText.ts";
import { trainBpe } from "../../../src/tokens/trainBpe.ts";

const vocabulary = trainBpe(["some text"], { vocabularySize: 256 });

function documentOf(text: string, index = 0): CorpusDocument {
  return { path: `w/${index}`, text, textBytes: text.length, modifiedEpochMs: 0 };
}

describe("held-out text", () => {
  it("is nothing where nothing is held out", () => {
    assert.equal(heldOutSample([], vocabulary), null);
    assert.equal(heldOutWhole([], vocabulary), null);
  });

  it("is sampled all over a long document, also one without line ends", () => {
    for (const line of ["a line of text\n", "no end "]) {
      const sample = heldOutSample([documentOf(line.repeat(40_000))], vocabulary);
      assert.ok(sample !== null && sample.isCut);
      assert.ok(sample.stream.bytes > 12_000 && sample.stream.bytes < 40_000, `${sample.stream.bytes} bytes`);
      assert.ok(sample.stream.documentCount > 8, `${sample.stream.documentCount} passages`);
    }
  });

  it("is scored as a whole where that is affordable, and evenly thinned where not", () => {
    const few = heldOutWhole([documentOf("abc\n"), documentOf("def\n", 1)], vocabulary);
    assert.deepEqual([few?.stream.bytes, few?.isCut], [8, false]);
    const many = Array.from({ length: 60 }, (_, index) => documentOf("x".repeat(100_000), index));
    const thinned = heldOutWhole(many, vocabulary);
    assert.ok(thinned?.isCut === true && thinned.stream.bytes <= 500_000 && thinned.stream.bytes >= 250_000);
  });
});
