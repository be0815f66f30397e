import assert from "node:assert/strict";
import { createRng } from "../../../../src/base/rng.ts";
import type { PredictionStream } from "../../../../src/batches/predictionStream.ts";
import { countStream, openCounts } from "../../../../src/engine/comparison/countingScores.ts";
import { CountsReader } from "../../../../src/engine/comparison/countsReader.ts";
import { parseEntrant } from "../../../../src/engine/comparison/modelNames.ts";
import { topOf } from "../../../../src/models/counting/topTokens.ts";
import { encodeTexts } from "../../../../src/engine/family/splitText.ts";
import { trainWordVocabulary, type WordVocabulary } from "../../../../src/tokens/wordVocabulary.ts";

/** Lines of words, of which a few are frequent in each. */
function text(lineCount: number, seed: number): readonly string[] {
  const rng = createRng(seed);
  return Array.from({ length: lineCount }, () => {
    const topic = rng.nextInt(80);
    return Array.from({ length: 12 }, () => ` w${rng.next() < 0.4 ? topic : Math.floor(rng.next() ** 3 * 300)}`).join(
      "",
    );
  });
}

const TRAINING = text(300, 1);
const VOCABULARY: WordVocabulary = trainWordVocabulary(TRAINING, { vocabularySize: 400 });
const encode = (texts: readonly string[]): PredictionStream =>
  encodeTexts(texts, { vocabulary: VOCABULARY, isContinuous: true });
const INDEX = countStream(encode(TRAINING), VOCABULARY);

describe("Counts that read a text with a cache", () => {
  for (const [name, cacheWeight] of [
    ["kn5", 0.1],
    ["kn5", 0.9],
    ["wb2", 0.2],
    ["ml3", 0.12],
    ["sb4", 0.06],
    ["add1", 0.02],
    ["kn3", 0],
  ] as const) {
    it(`name the likeliest tokens of the whole mixture (${name}, ${cacheWeight} of the cache)`, () => {
      const entrant = parseEntrant(name);
      assert.ok(entrant.kind === "counts");
      const stream = encode(text(30, 2));
      const model = openCounts(entrant, INDEX);
      const reader = new CountsReader({ model, vocabulary: VOCABULARY, firstToken: stream.firstInput, cacheWeight });
      const whole = new Float64Array(VOCABULARY.size);
      for (const token of stream.targets) {
        reader.probabilities(whole);
        assert.ok(Math.abs(whole.reduce((sum, probability) => sum + probability, 0) - 1) < 1e-9);
        assert.equal(reader.probability(token), whole[token]);
        for (const count of [1, 7, 32]) {
          assert.deepEqual(reader.topTokens(count), topOf(whole, count));
        }
        reader.read(token);
      }
    });
  }
});
