import assert from "node:assert/strict";
import { acceptedItem, readAcceptedItem } from "../../../src/extension/acceptedItem.ts";

describe("An accepted item", () => {
  it("tells which it was, what was claimed of it, and what it inserted behind the word that it replaces", () => {
    const range = { start: { line: 3, column: 2 }, end: { line: 3, column: 4 } };
    const item = acceptedItem({ text: "return", range, probability: 0.25 }, 2);
    assert.deepEqual(item, { index: 2, probability: 0.25, insertedChars: 4 });
    assert.deepEqual(readAcceptedItem(item), item);
  });

  for (const given of [undefined, null, 7, "x", {}, { index: 0, probability: "1", insertedChars: 1 }, { index: 0.5 }]) {
    it(`is nothing that others may give: ${JSON.stringify(given)}`, () => {
      assert.equal(readAcceptedItem(given), undefined);
    });
  }
});
