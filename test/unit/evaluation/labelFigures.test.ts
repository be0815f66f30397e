import assert from "node:assert/strict";
import { LabelTally } from "../../../src/evaluation/labelFigures.ts";

describe("Figures of labels", () => {
  it("are those that can be counted by hand", () => {
    const tally = new LabelTally();
    // a: 3 places, 2 right; b: 2 places, 1 right; c: 1 place, never given.
    for (const [label, predicted] of ["aa", "aa", "ab", "bb", "ba", "cb"].map((pair) => pair.split(""))) {
      tally.note(label ?? "", predicted ?? "");
    }
    const { count, right, accuracy, macroF1, labels, confusion } = tally.figures();
    assert.deepEqual([count, right, accuracy], [6, 3, 0.5]);
    const [a, b, c] = labels;
    assert.deepEqual(a, { label: "a", support: 3, predicted: 3, right: 2, precision: 2 / 3, recall: 2 / 3, f1: 2 / 3 });
    // 2 · (1/3) · (1/2) / (1/3 + 1/2) = 2/5
    assert.deepEqual([b?.precision, b?.recall], [1 / 3, 1 / 2]);
    assert.ok(Math.abs((b?.f1 ?? NaN) - 0.4) < 1e-12);
    assert.deepEqual([c?.support, c?.predicted, c?.f1], [1, 0, 0]);
    assert.ok(Math.abs(macroF1 - (2 / 3 + 0.4 + 0) / 3) < 1e-12);
    assert.deepEqual(confusion[0], { label: "a", predicted: "a", count: 2 });
    assert.equal(confusion.length, 5);
  });

  it("leave labels that were given but do not occur out of the mean", () => {
    const tally = new LabelTally();
    tally.note("a", "a");
    tally.note("a", "z");
    assert.equal(tally.figures().macroF1, 2 / 3);
    assert.equal(new LabelTally().figures().accuracy, 0);
  });
});
