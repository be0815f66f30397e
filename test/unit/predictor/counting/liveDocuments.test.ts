import assert from "node:assert/strict";
import { CountIndex } from "../../../../src/models/counting/countIndex.ts";
import type { Passage } from "../../../../src/models/counting/passage.ts";
import { LiveDocuments } from "../../../../src/predictor/counting/liveDocuments.ts";
import type { Vocabulary } from "../../../../src/tokens/vocabulary.ts";
import { trainBpe } from "../../../../src/tokens/trainBpe.ts";
import { sourceText } from "./sourceText.ts";

const learnt = trainBpe([sourceText(500)], { vocabularySize: 400 });

describe("Live documents", () => {
  let encodedChars: number;
  let basis: readonly Passage[] | undefined;
  let index: CountIndex;
  let live: LiveDocuments;
  const update = (text: string): void => {
    Array.from(live.update("a", text));
  };

  beforeEach(() => {
    encodedChars = 0;
    basis = [];
    index = new CountIndex({ vocabularySize: learnt.size, startId: 0, breakId: 1 });
    const vocabulary: Vocabulary = Object.assign(Object.create(learnt) as Vocabulary, {
      startId: 0,
      endId: 1,
      lastBoundary: (text: string) => learnt.lastBoundary(text),
      encode: (text: string) => {
        encodedChars += text.length;
        return learnt.encode(text);
      },
    });
    live = new LiveDocuments({ index, vocabulary, basis: () => basis });
  });

  it("read of a long text only what a key has changed", () => {
    const text = sourceText(5000);
    update(text);
    assert.equal(encodedChars, text.length);
    encodedChars = 0;
    const at = text.indexOf("\n", text.length / 2) + 1;
    for (let key = 1; key <= 10; key++) {
      update(`${text.slice(0, at)}${"x".repeat(key)}${text.slice(at)}`);
    }
    assert.ok(encodedChars < 10 * 20_000, `${encodedChars} characters`);
  });

  it("are not read where they are not to be counted, and are once that changes", () => {
    basis = undefined;
    const text = sourceText(100);
    update(text);
    assert.equal(encodedChars, 0);
    assert.equal(live.apply("a"), false);
    basis = [];
    assert.ok(live.apply("a"), "the text is to be told again");
    update(text);
    assert.equal(index.tokenCount, learnt.encode(text).length + 1);
    assert.equal(live.apply("a"), false);
    basis = undefined;
    live.apply("a");
    assert.equal(index.tokenCount, 0);
  });

  it("are counted as they were while a new text is being read", () => {
    const [before, after] = [sourceText(50), sourceText(2000)];
    update(before);
    const { tokenCount } = index;
    const work = live.update("a", after);
    work.next();
    live.apply("a");
    assert.equal(index.tokenCount, tokenCount);
    Array.from(work);
    assert.equal(index.tokenCount, learnt.encode(after).length + 1);
  });
});
