import assert from "node:assert/strict";
import { createRng } from "../../../src/base/rng.ts";
import { groupNearDuplicates, similarity, sketchText } from "../../../src/corpus/nearDuplicates.ts";

function linesFrom(seed: number, count: number): readonly string[] {
  const rng = createRng(seed);
  return Array.from({ length: count }, () => `call${String(rng.nextInt(1e9))}(value${String(rng.nextInt(1e9))});`);
}

function groupsOf(texts: readonly string[]): readonly number[] {
  return groupNearDuplicates(texts.map(sketchText));
}

describe("groupNearDuplicates", () => {
  const base = linesFrom(1, 100);
  const changed = (share: number): string =>
    base.map((line, i) => (i < share * 100 ? `changed ${line}` : line)).join("\n");

  it("joins texts that are the same but for blanks, line order and repetition", () => {
    const spaced = [...base, base[0]].map((line) => `\t  ${line ?? ""}  \n\n`).reverse();
    assert.deepEqual(groupsOf([base.join("\n"), spaced.join(""), linesFrom(2, 100).join("\n")]), [0, 0, 2]);
  });

  it("joins a text with a version of it that has a fifth of its lines changed", () => {
    assert.deepEqual(groupsOf([base.join("\n"), changed(0.2)]), [0, 0]);
  });

  it("keeps texts apart that share half of their lines", () => {
    assert.deepEqual(groupsOf([base.join("\n"), changed(0.5)]), [0, 1]);
  });

  it("joins through a third text", () => {
    const far = changed(0.4);
    assert.deepEqual(groupsOf([base.join("\n"), far]), [0, 1]);
    assert.deepEqual(groupsOf([base.join("\n"), far, changed(0.2)]), [0, 0, 0]);
  });

  it("compares prose kept one paragraph to a line by the sentence", () => {
    const sentences = linesFrom(3, 30).map((line) => `The ${line.slice(0, -1)} went to sea.`);
    const edited = sentences.map((sentence, i) => (i % 10 === 0 ? `Then ${sentence}` : sentence));
    assert.deepEqual(groupsOf([sentences.join(" "), edited.join(" ")]), [0, 0]);
  });

  it("never joins texts without a line worth comparing", () => {
    assert.deepEqual(groupsOf(["", "}\n", "a\n", ""]), [0, 1, 2, 3]);
  });

  it("finds nearly every pair of the least similarity, as the banding promises", () => {
    let foundCount = 0;
    for (let seed = 0; seed < 100; seed++) {
      const lines = linesFrom(seed, 100);
      const other = [...lines.slice(0, 76), ...linesFrom(seed + 1_000, 24)];
      const pair = [lines.join("\n"), other.join("\n")].map(sketchText);
      assert.ok(pair[0] !== undefined && pair[1] !== undefined && similarity(pair[0], pair[1]) > 0.6);
      foundCount += groupNearDuplicates(pair)[1] === 0 ? 1 : 0;
    }
    assert.ok(foundCount >= 97, `found ${String(foundCount)} of 100`);
  });

  it("copes with thousands of texts of which all are alike", () => {
    const sketch = sketchText(base.join("\n"));
    const groups = groupNearDuplicates(Array.from({ length: 5_000 }, () => sketch));
    assert.ok(groups.every((first) => first === 0));
  });
});
