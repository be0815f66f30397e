import assert from "node:assert/strict";
import fc from "fast-check";
import { sortSuffixes } from "../../../../src/models/counting/suffixSortKernel.ts";

/** Suffixes compared one by one. */
function sortSlowly(text: readonly number[]): number[] {
  const compare = (left: number, right: number): number => {
    for (let offset = 0; ; offset++) {
      const a = text[left + offset];
      const b = text[right + offset];
      if (a === undefined || b === undefined) {
        return right - left; // the longer suffix begins further left
      }
      if (a !== b) {
        return a - b;
      }
    }
  };
  return [...text.keys()].sort(compare);
}

describe("Sorting suffixes", () => {
  const checkOrder = (name: string, text: readonly number[], alphabetSize: number): void => {
    it(`orders ${name} as comparing them one by one does`, () => {
      assert.deepEqual([...sortSuffixes(Uint16Array.from(text), alphabetSize)], sortSlowly(text));
    });
  };
  checkOrder("nothing", [], 1);
  checkOrder("one symbol", [3], 4);
  checkOrder("one symbol many times", Array<number>(50).fill(2), 3);
  checkOrder(
    "a text that repeats itself",
    Array.from({ length: 60 }, (_, index) => index % 3),
    3,
  );
  checkOrder("the largest symbol there is", [65_535, 0, 65_535, 65_535], 65_536);

  it("orders any text as comparing them one by one does", () => {
    const texts = fc.integer({ min: 1, max: 5 }).chain((alphabetSize) =>
      fc.record({
        alphabetSize: fc.constant(alphabetSize),
        text: fc.array(fc.integer({ min: 0, max: alphabetSize - 1 }), { maxLength: 80 }),
      }),
    );
    fc.assert(
      fc.property(texts, ({ alphabetSize, text }) => {
        assert.deepEqual([...sortSuffixes(Uint16Array.from(text), alphabetSize)], sortSlowly(text));
      }),
      { numRuns: 500 },
    );
  });
});
