import assert from "node:assert/strict";
import { AUTOMATIC_GATE, automaticGate, DEFAULT_EAGERNESS, passesGate } from "../../../src/suggestions/gate.ts";

describe("automaticGate", () => {
  const cases = [3, 6, 20].flatMap((length) =>
    [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95].map((probability) => ({ text: "x".repeat(length), probability })),
  );
  const shownAt = (eagerness: number): string[] =>
    cases
      .filter(({ text, probability }) => passesGate(text, probability, automaticGate(eagerness)))
      .map(({ text, probability }) => `${text.length}:${probability}`);

  it("shows all that it showed before, and more, the more eager it is", () => {
    const steps = [0, 0.25, 0.5, 0.75, 1].map(shownAt);
    for (const [index, step] of steps.entries()) {
      const before = steps[index - 1] ?? [];
      assert.ok(before.every((shown) => step.includes(shown)));
      assert.ok(index === 0 || step.length > before.length);
    }
  });

  it("is the gate that people meet where nothing is set", () => {
    assert.deepEqual(AUTOMATIC_GATE, automaticGate(DEFAULT_EAGERNESS));
  });
});
