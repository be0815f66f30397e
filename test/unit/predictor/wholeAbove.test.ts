import assert from "node:assert/strict";
import { wholeAbove } from "../../../src/predictor/wholeAbove.ts";

const TEXT = Array.from({ length: 400 }, (_, line) => `line ${line} of the log book\n`).join("");

describe("wholeAbove", () => {
  it("adds what stands above the window, also while its last line is newer than the document's text", () => {
    const start = TEXT.indexOf("line 200 ");
    const window = { text: `${TEXT.slice(start)}just typed\nand ty`, isFromStart: false };
    assert.deepEqual(wholeAbove(window, TEXT), { text: `${TEXT}just typed\nand ty`, isFromStart: true });
  });

  it("leaves a window alone that is whole, or of a text that is not known or another", () => {
    const whole = { text: "a\nb", isFromStart: true };
    const part = { text: "somewhere else\n", isFromStart: false };
    assert.equal(wholeAbove(whole, TEXT), whole);
    assert.equal(wholeAbove(part, undefined), part);
    assert.equal(wholeAbove(part, TEXT), part);
  });
});
