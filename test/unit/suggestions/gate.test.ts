import assert from "node:assert/strict";
import { AUTOMATIC_GATE, EXPLICIT_GATE, isPlaceOpen, passesGate } from "../../../src/suggestions/gate.ts";

describe("gate", () => {
  it("is silent while typing where the text is more likely wrong than right", () => {
    assert.ok(passesGate("return value;", 0.6, AUTOMATIC_GATE));
    assert.ok(!passesGate("return value;", 0.3, AUTOMATIC_GATE));
  });

  it("is silent while typing where hardly a key is saved", () => {
    assert.ok(!passesGate("x", 0.99, AUTOMATIC_GATE));
    assert.ok(passesGate("xyz", 0.99, AUTOMATIC_GATE));
  });

  it("is less shy when asked", () => {
    assert.ok(passesGate("return value;", 0.1, EXPLICIT_GATE));
    assert.ok(passesGate("x", 0.1, EXPLICIT_GATE));
    assert.ok(!passesGate("", 1, EXPLICIT_GATE));
  });

  it("is closed inside words while typing", () => {
    assert.ok(!isPlaceOpen({ before: "get", after: "Name()" }, AUTOMATIC_GATE));
    assert.ok(!isPlaceOpen({ before: "é", after: "é" }, AUTOMATIC_GATE));
    assert.ok(isPlaceOpen({ before: "get", after: "Name()" }, EXPLICIT_GATE));
    assert.ok(isPlaceOpen({ before: "get", after: "()" }, AUTOMATIC_GATE));
    assert.ok(isPlaceOpen({ before: "get ", after: "Name()" }, AUTOMATIC_GATE));
  });
});
