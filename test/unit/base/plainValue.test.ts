import assert from "node:assert/strict";
import { PlainValue, PlainValueError } from "../../../src/base/plainValue.ts";

function checkRefusal(read: (value: PlainValue) => unknown, value: unknown, message: string): void {
  assert.throws(
    () => read(new PlainValue(value, "it")),
    (error) => {
      assert.ok(error instanceof PlainValueError);
      assert.equal(error.message, message);
      return true;
    },
  );
}

describe("PlainValue", () => {
  it("reads what has the shape it should have", () => {
    const root = new PlainValue({ a: [1, 2], b: null, c: "x", d: { e: true, f: 1.5 } }, "it");
    assert.deepEqual(
      root
        .field("a")
        .items()
        .map((item) => item.integer()),
      [1, 2],
    );
    assert.equal(
      root.field("b").nullable((value) => value.string()),
      null,
    );
    assert.equal(
      root.field("c").nullable((value) => value.oneOf(["x", "y"])),
      "x",
    );
    assert.deepEqual(root.field("d").scalars(), { e: true, f: 1.5 });
  });

  const rows: readonly (readonly [string, (value: PlainValue) => unknown, unknown, string])[] = [
    ["a text for a number", (it) => it.number(), "1", 'Expected `it` to be a finite number, got "1"'],
    ["not-a-number", (it) => it.number(), NaN, "Expected `it` to be a finite number, got NaN"],
    ["a number below", (it) => it.number(0), -1, "Expected `it` to be a number of at least 0, got -1"],
    ["a fraction", (it) => it.integer(), 0.5, "Expected `it` to be a whole number of at least 0, got 0.5"],
    [
      "a number above",
      (it) => it.integer({ most: 3 }),
      4,
      "Expected `it` to be a whole number of at least 0 and at most 3, got 4",
    ],
    ["another word", (it) => it.oneOf(["a", "b"]), "c", 'Expected `it` to be one of "a", "b", got "c"'],
    ["a list for an object", (it) => it.object(), [], "Expected `it` to be an object, got a list"],
    ["null for an object", (it) => it.field("a"), null, "Expected `it` to be an object, got null"],
    ["an object for a list", (it) => it.items(), {}, "Expected `it` to be a list, got an object"],
    ["a missing field", (it) => it.field("a").string(), {}, "Expected `it.a` to be a text, got nothing"],
    ["a wrong item", (it) => it.strings(), ["a", 2], "Expected `it[1]` to be a text, got 2"],
    ["a number for a truth value", (it) => it.boolean(), 1, "Expected `it` to be true or false, got 1"],
    [
      "a nested record",
      (it) => it.scalars(),
      { a: {} },
      "Expected `it.a` to be a text, a number, true, false or null, got an object",
    ],
    ["a function", (it) => it.string(), () => 1, "Expected `it` to be a text, got a function"],
    ["a large integer type", (it) => it.integer(), 1n, "Expected `it` to be a whole number of at least 0, got 1"],
    [
      "a long text",
      (it) => it.number(),
      "x".repeat(100),
      `Expected \`it\` to be a finite number, got "${"x".repeat(60)}…"`,
    ],
  ];
  for (const [title, read, value, message] of rows) {
    it(`refuses ${title} and says what it is`, () => {
      checkRefusal(read, value, message);
    });
  }
});
