import assert from "node:assert/strict";
import fc from "fast-check";
import { hashText, hashWord } from "../../../src/corpus/contentHash.ts";

describe("hashText", () => {
  // From the reference implementation through Python's mmh3 5.1, over UTF-16LE bytes.
  const rows: readonly (readonly [string, number, string])[] = [
    ["", 0, "00000000000000000000000000000000"],
    ["", 42, "af6d2cb695c80cba95c80cba95c80cba"],
    ["a", 0, "033bb196ccef4fe1ccef4fe1ccef4fe1"],
    ["I will not buy this record, it is scratched.", 0, "251c67b732b1d25ec95bf70d455bd7c4"],
    ["ab😀cdefghijklmnop", 42, "24f441ca9509a8ebdc1de456025f70e2"],
    ["x".repeat(1000), 0, "d6f261ee010a59b611dba10894295556"],
  ];
  for (const [text, seed, expected] of rows) {
    it(`agrees with the reference on ${String(text.length)} units under seed ${String(seed)}`, () => {
      assert.equal(hashText(text, seed), expected);
    });
  }

  it("differs for texts that differ", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        assert.equal(hashText(a) === hashText(b), a === b);
      }),
    );
  });
});

describe("hashWord", () => {
  it("spreads similar paths evenly", () => {
    const tenths = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) {
      const tenth = Math.floor((hashWord(`src/file${String(i)}.ts`) / 2 ** 32) * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    assert.ok(
      tenths.every((count) => count > 900 && count < 1100),
      tenths.join(" "),
    );
  });
});
