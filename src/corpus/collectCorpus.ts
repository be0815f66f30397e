import { type CollectCorpusOptions, collectDocuments } from "./collectDocuments.ts";
import { hashText } from "./contentHash.ts";
import type { Corpus, CorpusDocument, CorpusReport } from "./corpus.ts";
import { describeEmptiness } from "./describeEmptiness.ts";
import { type Split, splitDocuments } from "./splitDocuments.ts";

export type CorpusResult =
  | { readonly kind: "corpus"; readonly corpus: Corpus }
  /** `reason` says, for people, what was found and what to do. */
  | { readonly kind: "empty"; readonly reason: string; readonly report: CorpusReport }
  | { readonly kind: "cancelled" };

/** The documents of all folders, split for training and validation, with what was left out and a fingerprint. */
export async function collectCorpus(options: CollectCorpusOptions): Promise<CorpusResult> {
  const collected = await collectDocuments(options);
  if (collected.kind === "cancelled") {
    return collected;
  }
  const { documents, groups, report } = collected;
  const { folders, settings } = options;
  if (report.takenBytes < MIN_CORPUS_BYTES) {
    return { kind: "empty", reason: describeEmptiness({ report, folders, settings }), report };
  }
  const split = splitDocuments(documents, groups, settings.validationFraction);
  return { kind: "corpus", corpus: { ...split, report, fingerprint: fingerprintOf(split) } };
}

/** With less than a few lines of text there is nothing to learn, nor anything to measure it by. */
export const MIN_CORPUS_BYTES = 64;

function fingerprintOf({ training, validation }: Split): string {
  const lines = (side: string, documents: readonly CorpusDocument[]): string[] =>
    documents.map((document) => `${side} ${hashText(document.text)} ${JSON.stringify(document.path)}\n`);
  return hashText([...lines("training", training), ...lines("validation", validation)].join(""));
}
