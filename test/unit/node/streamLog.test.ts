import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { splitLines } from "../../../src/node/lineSplitter.ts";
import { createStreamLog, parseLogLine } from "../../../src/node/streamLog.ts";

async function linesOf(chunks: readonly (string | Uint8Array)[]): Promise<readonly string[]> {
  const stream = new PassThrough();
  const lines: string[] = [];
  splitLines(stream, (line) => lines.push(line));
  chunks.forEach((chunk) => stream.write(chunk));
  stream.end();
  await new Promise((resolve) => stream.once("end", resolve));
  return lines;
}

describe("splitLines", () => {
  const bytes = new TextEncoder().encode("ü\n");

  for (const [title, chunks, lines] of [
    ["lines in one chunk", ["a\nb\n"], ["a", "b"]],
    ["a line over chunks", ["a", "b", "\nc\n"], ["ab", "c"]],
    ["a last line without an end", ["a\nb"], ["a", "b"]],
    ["empty lines", ["\n\n"], ["", ""]],
    ["lines of Windows", ["a\r\nb\r\n"], ["a", "b"]],
    ["a character over chunks", [bytes.subarray(0, 1), bytes.subarray(1)], ["ü"]],
  ] as const) {
    it(`gives ${title}`, async () => {
      assert.deepEqual(await linesOf(chunks), lines);
    });
  }
});

describe("createStreamLog", () => {
  for (const message of ["plain", "two\nlines", "with: colons", ""]) {
    it(`writes ${JSON.stringify(message)} as one line that can be read back`, async () => {
      const stream = new PassThrough();
      createStreamLog(stream).write("warning", message);
      stream.end();
      const text = String(await stream.toArray().then((chunks) => Buffer.concat(chunks as Buffer[])));
      assert.equal(text.split("\n").length, 2);
      assert.deepEqual(parseLogLine(text.trimEnd().padEnd("inkling warning: ".length)), { level: "warning", message });
    });
  }

  for (const line of ["2024 I tensorflow/core", "inkling shout: x", "xinkling info: y", ""]) {
    it(`takes ${JSON.stringify(line)} for a line of somebody else`, () => {
      assert.equal(parseLogLine(line), undefined);
    });
  }
});
