import assert from "node:assert/strict";
import { createRng } from "../../../src/base/rng.ts";
import { runWindowsBench, type WindowsBenchRow } from "../../../src/cli/windowsBench.ts";
import { VOCABULARY_SIZES } from "../../../src/tokens/vocabularySizes.ts";
import { MemoryFileStore } from "../../fakes/memoryFileStore.ts";
import { createContext } from "./benchContext.ts";

/** Every byte and the marks, and at most 11 merges. */
const SMALLEST = VOCABULARY_SIZES.bpe.least;

describe("The bench of windows", () => {
  it("counts the distinct pieces of a step, in a folder and as tokens are drawn", async () => {
    const files = new MemoryFileStore();
    const rng = createRng(7);
    for (let index = 0; index < 30; index++) {
      const line = (): string => Array.from({ length: 30 }, () => "abcdef"[rng.nextInt(6)]).join("");
      files.put(`/folder/file${index}.txt`, Array.from({ length: 20 }, line).join("\n"));
    }
    const { context, rows: printed } = createContext(files);
    const given = { paths: ["/folder"], laneCounts: [4], windowTokens: [8, 64], vocabularySize: SMALLEST };
    assert.equal(await runWindowsBench(given, context), 0);
    const [{ rows }] = printed() as [{ readonly rows: readonly WindowsBenchRow[] }];
    // A pass ends with less padding where windows are a little shorter.
    assert.deepEqual(
      rows.map(({ path, batch, window }) => [path, batch, Math.ceil(window / 8) * 8]),
      [
        ["/folder", 4, 8],
        ["/folder", 4, 64],
      ],
    );
    for (const { batch, window, vocabulary, distinct, zipf, uniform } of rows) {
      assert.ok(distinct >= 6 && distinct <= 20, `${distinct}: six letters, the end of a line, two marks, 11 merges`);
      const expected = (likely: readonly number[]): number => {
        const sum = likely.reduce((total, value) => total + value, 0);
        return likely.reduce((total, value) => total + 1 - (1 - value / sum) ** (batch * window), 0);
      };
      const ranks = Array.from({ length: vocabulary }, (_, index) => index + 1);
      assert.ok(Math.abs(zipf - expected(ranks.map((rank) => 1 / rank))) < 3);
      assert.ok(Math.abs(uniform - expected(ranks.map(() => 1))) < 3);
    }
  });
});
