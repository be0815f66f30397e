import assert from "node:assert/strict";
import { learnUnits, splitUnits, UnitVocabulary } from "../../../src/tokens/unitVocabulary.ts";

describe("Units of a labelled text", () => {
  it("are words, numbers and signs, or code points", () => {
    assert.deepEqual(splitUnits("It's 3.14, naïve_1!", "word"), ["It's", "3", ".", "14", ",", "naïve_1", "!"]);
    assert.deepEqual(splitUnits("a😀\n", "char"), ["a", "😀", "\n"]);
  });

  it("have ids of their own in each field, and one for what is unknown or occurs once", () => {
    const units = learnUnits([["walking", "talking", "Paris", "walking"]], "word");
    assert.equal(units.fieldCount, 5);
    const [walking, balking, quux] = ["walking", "balking", "quux"].map((word) => units.encode([word]));
    assert.ok(units.knows("walking") && !units.knows("Paris") && !units.knows("balking"));
    // Another form, but the same ending and shape.
    assert.notEqual(balking?.[0], walking?.[0]);
    assert.deepEqual(balking?.slice(2), walking?.slice(2));
    assert.ok([...(quux ?? [])].every((id) => id < units.size));
    const ranges = Array.from(quux ?? []).slice(0, 4);
    assert.deepEqual(
      ranges,
      [...ranges].sort((a, b) => a - b),
    );
  });

  it("come back from plain data", () => {
    const units = learnUnits(
      ["abca", "ab"].map((text) => splitUnits(text, "char")),
      "char",
    );
    const again = new UnitVocabulary(units.serialize());
    assert.deepEqual(again.encode(["a", "c", "b"]), units.encode(["a", "c", "b"]));
    assert.equal(again.size, 3);
    assert.deepEqual([...again.encode(["c"])], [0]);
  });

  it("may be as long as they like", () => {
    const long = "x".repeat(100_000);
    const units = learnUnits([[long, long]], "word");
    assert.equal(units.encode([long]).length, 5);
    assert.ok(units.knows(long));
  });
});
