import assert from "node:assert/strict";
import { AUTOMATIC_GATE, EXPLICIT_GATE, isPlaceOpen, passesGate, savesKeys } from "../../../src/suggestions/gate.ts";

describe("gate", () => {
  it("is silent while typing where too little is saved for how sure it is", () => {
    assert.ok(passesGate("return value;", 0.4, AUTOMATIC_GATE));
    assert.ok(!passesGate("return value;", 0.1, AUTOMATIC_GATE));
    assert.ok(passesGate("return", 0.6, AUTOMATIC_GATE));
    assert.ok(!passesGate("return", 0.3, AUTOMATIC_GATE));
  });

  it("is silent while typing where hardly a key is saved", () => {
    assert.ok(!passesGate("x", 1, AUTOMATIC_GATE));
    assert.ok(!passesGate("xy", 0.99, AUTOMATIC_GATE));
    assert.ok(passesGate("xyz", 0.99, AUTOMATIC_GATE));
  });

  it("is silent even when asked where accepting takes as many keys as typing", () => {
    assert.ok(!passesGate("r", 1, EXPLICIT_GATE));
    assert.ok(passesGate("rn", 0.1, EXPLICIT_GATE));
    assert.deepEqual(["", ")", "()"].map(savesKeys), [false, false, true]);
  });

  it("is less shy when asked", () => {
    assert.ok(passesGate("return value;", 0.1, EXPLICIT_GATE));
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
