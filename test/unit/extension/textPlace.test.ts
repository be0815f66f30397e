import assert from "node:assert/strict";
import { textPlace } from "../../../src/extension/textPlace.ts";

describe("textPlace", () => {
  for (const [title, writtenColumn, shownColumn, place] of [
    ["in the active column where nothing is written", undefined, undefined, "active"],
    ["where its tab is, where nothing is written", undefined, 2, "there"],
    ["where its tab is, beside what is written", 1, 2, "there"],
    ["beside what is written", 1, undefined, "beside"],
    ["beside what is written, though its tab lies behind that", 1, 1, "moved"],
  ] as const) {
    it(`opens a text ${title}`, () => {
      assert.equal(textPlace({ writtenColumn, shownColumn }), place);
    });
  }
});
