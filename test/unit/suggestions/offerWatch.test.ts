import assert from "node:assert/strict";
import { OfferWatch, type WritingPlace } from "../../../src/suggestions/offerWatch.ts";

const OFFER = { document: "a", languageId: "text", line: 3, lineText: "let x = one", probability: 0.7 };

describe("What became of a suggestion", () => {
  for (const [what, place, fate] of [
    ["is open while it is typed", { prefix: "let x = o" }, undefined],
    ["is open after backspace", { prefix: "let x" }, undefined],
    ["is open where nothing was typed", { prefix: "let x = " }, undefined],
    ["is settled once all of it was typed", { prefix: "let x = one" }, "typed"],
    ["is settled once more than it was typed", { prefix: "let x = one;" }, "typed"],
    ["is a rejection where another character was typed", { prefix: "let x = t" }, "rejected"],
    ["is a rejection where another line end was typed", { line: 4, prefix: "  ", lineAbove: "let x = " }, "rejected"],
    ["is a rejection where the line above is another", { line: 4, prefix: "", lineAbove: "let x = two" }, "rejected"],
    ["is that it was typed, before a line end too", { line: 4, prefix: "", lineAbove: "let x = one" }, "typed"],
    ["is unknown where the caret went up", { line: 2, prefix: "" }, "left"],
    ["is unknown in another document", { document: "b", prefix: "let x = t" }, "left"],
  ] as const) {
    it(what, () => {
      const watch = new OfferWatch();
      watch.show(OFFER);
      const at: WritingPlace = { document: "a", line: 3, lineAbove: "", ...place };
      assert.deepEqual(watch.write(at), fate === undefined ? undefined : { offer: OFFER, fate });
      assert.equal(watch.offer, fate === undefined ? OFFER : undefined);
    });
  }

  it("keeps the probability that a suggestion came up with while it shrinks", () => {
    const watch = new OfferWatch();
    watch.show(OFFER);
    watch.show({ ...OFFER, probability: 0.95 });
    assert.equal(watch.take()?.probability, 0.7);
    assert.equal(watch.take(), undefined);
  });

  it("is that of the newest suggestion", () => {
    const watch = new OfferWatch();
    watch.show(OFFER);
    watch.show({ ...OFFER, lineText: "let x = two" });
    assert.equal(watch.offer?.lineText, "let x = two");
  });
});
