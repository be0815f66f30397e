import assert from "node:assert/strict";
import { freshAnswer } from "../../../src/extension/freshAnswer.ts";
import type { CompletionAnswer } from "../../../src/protocol/predictorMessages.ts";

const RANGE = { start: { line: 0, column: 0 }, end: { line: 0, column: 1 } };
const ANSWER: CompletionAnswer = {
  suggestions: [{ text: "abc", range: RANGE, probability: 0.9 }],
  elapsedMs: 1,
  silence: null,
};

describe("An answer for a document of the editor", () => {
  it("is what was suggested where the document is as it was", async () => {
    assert.equal(await freshAnswer({ version: 3, isClosed: false }, () => Promise.resolve(ANSWER)), ANSWER.suggestions);
  });

  for (const [what, change] of [
    ["edited", { version: 4 }],
    ["closed", { isClosed: true }],
  ] as const) {
    it(`is nothing where it was ${what} meanwhile`, async () => {
      const document = { version: 3, isClosed: false };
      const suggestions = await freshAnswer(document, () => {
        Object.assign(document, change);
        return Promise.resolve(ANSWER);
      });
      assert.deepEqual(suggestions, []);
    });
  }
});
