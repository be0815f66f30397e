import type { Vocabulary } from "./vocabulary.ts";

/** The text of each token [V], "" for marks. */
export function tokenTexts(vocabulary: Vocabulary): readonly string[] {
  return Array.from({ length: vocabulary.size }, (_, id) => vocabulary.decode([id]));
}
