import assert from "node:assert/strict";
import { Evidence } from "../../../../src/models/mixture/evidence.ts";

describe("Evidence", () => {
  it("keeps apart what each context says, however much that is, until it is cleared", () => {
    const evidence = new Evidence();
    const tokens = Array.from({ length: 9_000 }, (_, index) => index);
    for (const token of tokens) {
      evidence.add(token, token / 2);
    }
    evidence.close(7);
    evidence.close(8);
    evidence.add(3, 0.25);
    evidence.close(9);
    const [many, none, one] = evidence.findings;
    assert.ok(many !== undefined && none !== undefined && one !== undefined);
    assert.deepEqual(
      evidence.findings.map(({ cell, from, to }) => [cell, to - from]),
      [
        [7, 9_000],
        [8, 0],
        [9, 1],
      ],
    );
    assert.deepEqual(
      [8_999, 3].map((token) => evidence.ratioOf(many, token)),
      [4_499.5, 1.5],
    );
    assert.deepEqual([evidence.ratioOf(one, 3), evidence.ratioOf(one, 4), evidence.ratioOf(none, 3)], [0.25, 0, 0]);
    evidence.clear();
    assert.equal(evidence.findings.length, 0);
    evidence.add(5, 1);
    evidence.close(1);
    assert.deepEqual(evidence.findings, [{ cell: 1, from: 0, to: 1 }]);
  });
});
