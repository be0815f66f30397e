import { LmError } from "../../base/errors.ts";
import type { Corpus } from "../../corpus/corpus.ts";
import type { RawText } from "./splitText.ts";

/**
 * The workspace's own split; of what is held out, every other document chooses the weights and the others are the test. Throws `LmError("noDocuments")` where there
 * are not two.
 */
export function splitCorpus(corpus: Pick<Corpus, "training" | "validation">): RawText {
  const held = corpus.validation.map(({ text }) => text);
  if (held.length < 2) {
    throw new LmError(
      "noDocuments",
      `Of this folder ${held.length === 0 ? "nothing" : "1 document"} is held out, and two are needed: one to choose weights by, one to score. Name a larger folder.`,
    );
  }
  return {
    isContinuous: false,
    training: corpus.training.map(({ text }) => text),
    validation: held.filter((_, index) => index % 2 === 0),
    test: held.filter((_, index) => index % 2 === 1),
  };
}
