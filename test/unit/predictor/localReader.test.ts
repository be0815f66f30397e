import assert from "node:assert/strict";
import { LocalCounts } from "../../../src/models/counting/localCounts.ts";
import type { DocumentWindow } from "../../../src/predictor/contextTrail.ts";
import { LocalReader } from "../../../src/predictor/localReader.ts";
import { trainBpe } from "../../../src/tokens/trainBpe.ts";
import { createRng } from "../../../src/base/rng.ts";

const rng = createRng(5);
const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const LINE = "const value = read(file);\n";
const vocabulary = trainBpe([LINE.repeat(9)], { vocabularySize: 300 });

function keyRows(count: number): string {
  return `${Array.from({ length: 64 }, () => BASE64[rng.nextInt(64)]).join("")}\n`.repeat(count);
}

/** A private key: 50 rows as of 4,096 bits. */
const KEY = `-----BEGIN RSA PRIVATE KEY-----\n${keyRows(50)}-----END RSA PRIVATE KEY-----\n`;

/** How many tokens are learnt of a text. */
function learnt({ text, isFromStart }: DocumentWindow): number {
  const local = new LocalCounts({ vocabularySize: vocabulary.size, startId: vocabulary.startId });
  Array.from(new LocalReader(local, vocabulary).follow("untitled:1", { text, isFromStart }));
  return local.tokenCount;
}

function lines(count: number): string {
  return LINE.repeat(count);
}

describe("Local counts", () => {
  const lineTokens = vocabulary.encode(LINE).length;

  it("are of the 16,000 characters before the caret's line, and some more so that they need not move", () => {
    assert.equal(learnt({ text: lines(10), isFromStart: true }), 10 * lineTokens);
    const kept = learnt({ text: lines(3000), isFromStart: true }) / lineTokens;
    assert.ok(Number.isInteger(kept) && kept * LINE.length >= 15_900 && kept * LINE.length <= 20_000, `${kept} lines`);
  });

  it("have no part of a key in them, wherever the text is cut", () => {
    for (let before = 60; before < 300; before += 7) {
      const text = lines(before) + KEY + lines(600);
      assert.equal(learnt({ text, isFromStart: true }) % lineTokens, 0, `${before} lines before the key`);
    }
  });

  it("have no part of a key in them that began before the text that is known, or goes on at its end", () => {
    const half = KEY.slice(KEY.indexOf("\n", 900) + 1);
    assert.equal(learnt({ text: half + lines(20), isFromStart: false }), 20 * lineTokens);
    assert.equal(learnt({ text: keyRows(20), isFromStart: false }), 0);
    const putty = `Private-Lines: 8\n${keyRows(8)}Private-MAC: 0123456789abcdef\n`;
    assert.equal(learnt({ text: putty + lines(4), isFromStart: false }), 4 * lineTokens);
  });

  it("begin with the text where there is no key", () => {
    assert.equal(learnt({ text: lines(30), isFromStart: false }), 30 * lineTokens);
    assert.equal(learnt({ text: lines(3) + KEY + lines(5), isFromStart: false }), 8 * lineTokens);
  });
});
