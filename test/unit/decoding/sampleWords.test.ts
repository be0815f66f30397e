import assert from "node:assert/strict";
import { createRng } from "../../../src/base/rng.ts";
import { sampleWords } from "../../../src/decoding/sampleWords.ts";
import { WordVocabulary } from "../../../src/tokens/wordVocabulary.ts";
import { ToyModel } from "./toyModel.ts";

const VOCABULARY = new WordVocabulary(["one", "two", "three"]);
const [one = 0, two = 0, three = 0] = VOCABULARY.encode("one two three");

/** Counts to three and ends; what is unknown is held likeliest everywhere. */
const COUNTING = new ToyModel(VOCABULARY.size, (state, token) => {
  const next = new Map([
    [VOCABULARY.startId, one],
    [one, two],
    [two, three],
    [three, VOCABULARY.endId],
  ]);
  const known = token === next.get(state.at(-1) ?? -1) ? 1 : 1e-9;
  return token === VOCABULARY.unknownId ? 9 : known;
});

function sample(
  prompt: string,
  changes: { lengthTokens?: number; beamWidth?: number; shouldStop?: () => boolean } = {},
) {
  const parts: string[] = [];
  const work = sampleWords(
    { model: COUNTING, vocabulary: VOCABULARY },
    {
      prompt,
      lengthTokens: 10,
      sampler: { temperature: 0, topK: Infinity, topP: 1, rng: createRng(1) },
      beamWidth: null,
      onText: (text) => parts.push(text),
      shouldStop: () => false,
      ...changes,
    },
  );
  for (;;) {
    const step = work.next();
    if (step.done === true) {
      return { text: step.value, parts };
    }
  }
}

describe("sampleWords", () => {
  it("writes words with spaces between them until the end, and none that is unknown", () => {
    assert.deepEqual(sample(""), { text: "one two three", parts: ["one", " two", " three"] });
  });

  it("writes the same by beam search, where there is but one way to go on", () => {
    assert.equal(sample("zero one", { beamWidth: 3 }).text, " two three");
  });

  it("goes on behind a prompt, with a space where there is none", () => {
    assert.equal(sample("one").text, " two three");
    assert.equal(sample("zero one\n").text, "two three");
  });

  it("stops after as many words as were asked for, and when it is told to", () => {
    assert.equal(sample("", { lengthTokens: 2 }).text, "one two");
    assert.equal(sample("one two", { shouldStop: () => true }).text, "");
  });
});
