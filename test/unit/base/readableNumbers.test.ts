import assert from "node:assert/strict";
import {
  readableBytes,
  readableCount,
  readableFigure,
  readablePerplexity,
  readableSeconds,
  readableShare,
  readableShortCount,
} from "../../../src/base/readableNumbers.ts";

function checkAll<T>(name: string, write: (value: T) => string, rows: readonly (readonly [T, string])[]): void {
  describe(name, () => {
    for (const [value, text] of rows) {
      it(`writes ${String(value)} as \`${text}\``, () => {
        assert.equal(write(value), text);
      });
    }
  });
}

checkAll("readableCount", readableCount, [
  [0, "0"],
  [14_208, "14,208"],
  [1234.6, "1,235"],
]);
checkAll<number | null | undefined>("readableFigure", readableFigure, [
  [0, "0"],
  [0.5724, "0.572"],
  [8.213, "8.21"],
  [12.34, "12.3"],
  [143.4, "143"],
  [10_400, "10,400"],
  [-2.5, "-2.50"],
  [0.00042, "4.2e-4"],
  [2e12, "2.0e12"],
  [null, "–"],
  [undefined, "–"],
  [NaN, "–"],
  [Infinity, "–"],
]);
checkAll<number | null>("readablePerplexity", readablePerplexity, [
  [8.213, "8.21"],
  [23.44, "23.4"],
  [143.6, "144"],
  [1040.2, "1,040"],
  [null, "–"],
]);
checkAll("readableShare", readableShare, [
  [0, "0 %"],
  [0.004, "< 1 %"],
  [0.437, "44 %"],
  [1, "100 %"],
]);
checkAll("readableBytes", readableBytes, [
  [0, "0 B"],
  [812, "812 B"],
  [24_100, "24.1 kB"],
  [999_600, "1.00 MB"],
  [2_410_000, "2.41 MB"],
]);
checkAll("readableShortCount", readableShortCount, [
  [940, "940"],
  [21_300, "21.3 k"],
  [2_626_560, "2.63 M"],
]);
checkAll("readableSeconds", readableSeconds, [
  [0, "0 s"],
  [59.4, "59 s"],
  [60, "1 min"],
  [125, "2 min 05 s"],
  [4320, "1 h 12 min"],
  [-3, "0 s"],
]);
