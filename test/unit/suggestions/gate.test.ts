import assert from "node:assert/strict";
import { filterLines } from "../../../src/suggestions/filterLines.ts";
import {
  AUTOMATIC_GATE,
  EXPLICIT_GATE,
  isPlaceOpen,
  passesGate,
  savesKeys,
  type SilencePreferences,
  wantedLength,
} from "../../../src/suggestions/gate.ts";

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

describe("Comments and strings by setting", () => {
  const inComments: SilencePreferences = { languageId: "typescript", silentIn: ["comment"] };
  const inStrings: SilencePreferences = { languageId: "typescript", silentIn: ["string"] };
  const python: SilencePreferences = { languageId: "python", silentIn: ["comment", "string"] };
  const rows: readonly (readonly [
    title: string,
    preferences: SilencePreferences,
    place: string,
    text: string,
    kept: string,
  ])[] = [
    ["cut before a comment that begins in the text", inComments, "go(‸", "a); // so", "a); "],
    ["cut before a comment in a line below", inComments, "if (a) ‸", "{\n  go(); /* so */\n}", "{\n  go(); "],
    ["drop a comment", inComments, "go(a);\n‸", "// so", ""],
    ["drop the rest of a mark begun", inComments, "go(a); /‸", "/ so", ""],
    ["keep strings where only comments are silent", inComments, "go(‸", '"a // b");', '"a // b");'],
    ["keep what ends a string, up to the comment", inComments, 'go("a‸', 'b"); // so', 'b"); '],
    ["cut before a string", inStrings, "go(‸", 'a, "b");', "a, "],
    ["cut before a template over lines", inStrings, "x = ‸", "a + `b\nc`;", "a + "],
    ["keep quotes in comments where only strings are silent", inStrings, "go(); ‸", '// the "a"', '// the "a"'],
    ["cut before what begins a comment by its language", python, "x = ‸", "a // b  # so", "a // b "],
    ["cut before a string of three quotes", python, "x = ‸", '"""a"""', ""],
    ["keep all where nothing is silent", { languageId: "python" }, "x = ‸", "1  # so", "1  # so"],
    ["keep all in an unknown language", { languageId: "x", silentIn: ["comment"] }, "x = ‸", "1  # so", "1  # so"],
  ];
  for (const [title, preferences, marked, text, kept] of rows) {
    it(`${title}: ${JSON.stringify(marked)} + ${JSON.stringify(text)}`, () => {
      const [before = "", after = ""] = marked.split("‸");
      const place = { before, after };
      assert.equal(filterLines(text, place, wantedLength(place, preferences)), kept);
    });
  }
});
