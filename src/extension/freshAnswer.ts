import type { CompletionAnswer, PredictedSuggestion } from "../protocol/predictorMessages.ts";

/** A document as far as it says whether its text is still the same; the editor's own fits. */
export interface VersionedDocument {
  readonly version: number;
  readonly isClosed: boolean;
}

/** What is suggested for a document; nothing where it was edited or closed meanwhile, for then the ranges are those of another text. */
export async function freshAnswer(
  document: VersionedDocument,
  ask: () => Promise<CompletionAnswer>,
): Promise<readonly PredictedSuggestion[]> {
  const { version } = document;
  const { suggestions } = await ask();
  return document.version !== version || document.isClosed ? [] : suggestions;
}
