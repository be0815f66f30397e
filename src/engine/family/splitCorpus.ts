import { LmError } from "../../base/errors.ts";
import type { Corpus } from "../../corpus/corpus.ts";
import { cutOffset } from "../../corpus/splitDocuments.ts";
import type { RawText } from "./splitText.ts";

/**
 * The workspace's own split; of what is held out, every other document chooses the weights and the others are the test. Where only one text is held out, its
 * beginning chooses and its end is the test, cut behind a line where one ends near the middle. Throws `LmError("noDocuments")` where a part would be empty.
 */
export function splitCorpus(corpus: Pick<Corpus, "training" | "validation">): RawText {
  const training = textsOf(corpus.training);
  const { validation, test } = splitHeldOut(textsOf(corpus.validation));
  if ([training, validation, test].some((texts) => texts.every((text) => text.trim() === ""))) {
    throw new LmError(
      "noDocuments",
      "The text of this folder is too short to learn from one part, choose weights by another and score a third. Give more text; `compare` also takes the parts as three files, with --train, --valid and --test.",
    );
  }
  return { isContinuous: false, training, validation, test };
}

function textsOf(documents: Corpus["training"]): readonly string[] {
  return documents.map(({ text }) => text).filter((text) => text.trim() !== "");
}

/** Copies of one text count as one: all are cut at the same place, so that none is scored by weights that its copy chose. */
function splitHeldOut(held: readonly string[]): Pick<RawText, "validation" | "test"> {
  if (new Set(held).size >= 2) {
    return {
      validation: held.filter((_, index) => index % 2 === 0),
      test: held.filter((_, index) => index % 2 === 1),
    };
  }
  const halves = held.map((text) => {
    const cut = cutOffset(text.trimEnd(), 0.5);
    return [text.slice(0, cut), text.slice(cut)] as const;
  });
  return { validation: halves.map(([first]) => first), test: halves.map(([, second]) => second) };
}
