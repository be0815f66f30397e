import assert from "node:assert/strict";
import { LmError } from "../../../src/base/errors.ts";
import { trainBpe } from "../../../src/tokens/trainBpe.ts";
import { trainCharVocabulary } from "../../../src/tokens/trainCharVocabulary.ts";
import { requireVocabularySize, VOCABULARY_SIZES } from "../../../src/tokens/vocabularySizes.ts";

const TRAIN = { bpe: trainBpe, char: trainCharVocabulary } as const;

describe("requireVocabularySize", () => {
  for (const kind of ["bpe", "char"] as const) {
    const { least, most } = VOCABULARY_SIZES[kind];

    it(`lets pass what a ${kind} vocabulary can be trained to, up to both ends of its range`, () => {
      for (const vocabularySize of [least, most]) {
        requireVocabularySize(kind, vocabularySize);
        assert.ok(TRAIN[kind](["a few words"], { vocabularySize }).size <= vocabularySize);
      }
    });

    it(`refuses other sizes for a ${kind} vocabulary and names the range`, () => {
      for (const vocabularySize of [least - 1, most + 1]) {
        assert.throws(
          () => {
            requireVocabularySize(kind, vocabularySize);
          },
          (error) =>
            error instanceof LmError &&
            error.code === "badArgument" &&
            error.message.includes(`from ${least} to ${most} pieces; ${vocabularySize} were asked for`),
        );
      }
    });
  }
});
