import { LmError } from "../base/errors.ts";
import { restoreVocabulary } from "./restoreVocabulary.ts";
import type { Vocabulary } from "./vocabulary.ts";
import { WordVocabulary } from "./wordVocabulary.ts";

/** Any way to cut text into tokens: characters, pieces, or words. */
export type AnyVocabulary = Vocabulary | WordVocabulary;

/**
 * The vocabulary that `serialize()` described, read from JSON.
 * @throws LmError `checkpointCorrupt` where the data describes none, with the reason as the fact `why`
 */
export function restoreAnyVocabulary(data: unknown): AnyVocabulary {
  if (!isWords(data)) {
    return restoreVocabulary(data);
  }
  const { words } = data;
  if (!Array.isArray(words)) {
    throw corrupt("it has no list of words");
  }
  const seen = new Set<string>();
  for (const word of words as readonly unknown[]) {
    if (typeof word !== "string" || !/^\S+$/u.test(word) || seen.has(word)) {
      throw corrupt(`${JSON.stringify(word)} is no word, or one twice`);
    }
    seen.add(word);
  }
  return new WordVocabulary([...seen]);
}

function isWords(data: unknown): data is { readonly words?: unknown } {
  return typeof data === "object" && data !== null && "kind" in data && data.kind === "word";
}

function corrupt(why: string): LmError {
  return new LmError("checkpointCorrupt", `The model's vocabulary is damaged: ${why}. Train the model again.`, {
    facts: { why },
  });
}
