import assert from "node:assert/strict";
import { findTypedHunks, runText, versionedText } from "../../../../src/evaluation/replay/typedHunks.ts";

/** What was typed between two versions of files, run by run. */
function typedTexts(oldFiles: Readonly<Record<string, string>>, newFiles: Readonly<Record<string, string>>): string[] {
  const versions = (files: Readonly<Record<string, string>>) =>
    Object.entries(files).map(([path, text]) => versionedText({ path, text }));
  return findTypedHunks(versions(oldFiles), versions(newFiles)).flatMap(({ lines, runs }) =>
    runs.map((run) => runText(lines, run)),
  );
}

describe("findTypedHunks", () => {
  const old = "import os\n\ndef load(path):\n    return open(path).read()\n\nprint(load('x'))\n";

  it("takes lines that were put in", () => {
    const added = old.replace("\nprint", "\ndef save(value):\n    os.remove(value)\n\nprint");
    assert.deepEqual(typedTexts({ a: old }, { a: added }), ["def save(value):\n    os.remove(value)\n"]);
  });

  it("finds nothing between equal texts, and nothing where lines only went", () => {
    assert.deepEqual(typedTexts({ a: old }, { a: old }), []);
    assert.deepEqual(typedTexts({ a: old }, { a: old.replace("import os\n", "") }), []);
  });

  it("leaves out lines that the old file has elsewhere, and types what is around them", () => {
    const added = `${old}first_new_line = 1\nimport os\nsecond_new_line = 2\n`;
    assert.deepEqual(typedTexts({ a: old }, { a: added }), ["first_new_line = 1\n", "second_new_line = 2\n"]);
  });

  it("leaves out edits of a line that was replaced", () => {
    const edited = old.replace("open(path).read()", "open(path, 'rb').read()");
    assert.deepEqual(typedTexts({ a: old }, { a: edited }), []);
  });

  it("takes a line that replaces one with which it has little in common", () => {
    const replaced = old.replace("    return open(path).read()", "    with socket() as s: s.listen()");
    assert.deepEqual(typedTexts({ a: old }, { a: replaced }), ["    with socket() as s: s.listen()\n"]);
  });

  it("takes no notice of indentation there: it makes lines neither alike nor different", () => {
    const indent = " ".repeat(16);
    assert.deepEqual(typedTexts({ a: `${indent}if x:\n` }, { a: `${indent}y = 2\n` }), [`${indent}y = 2\n`]);
    assert.deepEqual(typedTexts({ a: `${indent}if x:\n` }, { a: "if x2:\n" }), []);
  });

  it("takes a new line that is like one elsewhere which it does not replace", () => {
    const added = old.replace("import os\n", "import os\nimport ossaudiodev\n");
    assert.deepEqual(typedTexts({ a: old }, { a: added }), ["import ossaudiodev\n"]);
  });

  it("leaves out a hunk most of whose longer lines another file had", () => {
    const moved = "def load(path):\n        return open(path).read()\nnew_line_here = 1\n";
    assert.deepEqual(typedTexts({ a: old }, { a: old, b: moved }), []);
  });

  it("takes a hunk of which the half was there: that is not over half", () => {
    const mixed = "def load(path):\nnew_line_here = 1\n";
    assert.deepEqual(typedTexts({ a: old }, { a: old, b: mixed }), ["def load(path):\nnew_line_here = 1\n"]);
  });

  it("takes whole new files, empty lines included, and no line after the last line end", () => {
    assert.deepEqual(typedTexts({}, { a: "x = 1\n\ny = 2\n" }), ["x = 1\n\ny = 2\n"]);
    assert.deepEqual(typedTexts({}, { a: "x = 1\n\ny = 2" }), ["x = 1\n\ny = 2\n"]);
  });

  it("does not take the end of the file for a change where only the last line end was added", () => {
    assert.deepEqual(typedTexts({ a: "x = 1" }, { a: "x = 1\n" }), []);
  });
});
