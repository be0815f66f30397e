import assert from "node:assert/strict";
import { transferRows } from "../../../../src/models/neural/transferRows.ts";

const OLD = new Map([
  ["embedding", Float32Array.of(1, 2, 3, 4, 5, 6)],
  ["lstm/0/bias", Float32Array.of(7, 8)],
  ["softmax/bias", Float32Array.of(0.5, -1, 2)],
]);

describe("transferRows", () => {
  const transfer = {
    hiddenSize: 2,
    parts: [[2], [0, 1], [0]],
    counts: [9, 4, 19],
    oldCounts: [39, 4, 9],
  };

  it("keeps the rows of pieces that both have, and gives new ones the mean of their parts", () => {
    const weights = transferRows(OLD, transfer);
    assert.deepEqual([...(weights.get("embedding") ?? [])], [5, 6, 2, 3, 1, 2]);
    assert.deepEqual([...weights.keys()].sort(), [...OLD.keys()].sort());
  });

  it("makes a new piece as much rarer than its first part as it is, and leaves the others' bias", () => {
    const [kept, made, moved] = transferRows(OLD, transfer).get("softmax/bias") ?? [];
    assert.equal(kept, 2);
    assert.equal(moved, 0.5);
    assert.ok(Math.abs((made ?? NaN) - (0.5 + Math.log(4.5 / 39.5))) < 1e-6);
  });

  it("copies what does not depend on the vocabulary", () => {
    const bias = transferRows(OLD, transfer).get("lstm/0/bias");
    assert.deepEqual(bias, OLD.get("lstm/0/bias"));
    assert.notEqual(bias, OLD.get("lstm/0/bias"));
  });
});
