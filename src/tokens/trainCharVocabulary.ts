import { CHAR_MARKS, CharVocabulary } from "./charVocabulary.ts";
import { scalarValueAt } from "../base/utf8.ts";

/** START, END, unknown and at least one character. */
export const MIN_CHAR_VOCABULARY_SIZE = 4;

export interface CharTrainingOptions {
  /** Upper bound of the number of ids: the most frequent characters are kept. */
  readonly vocabularySize: number;
  /** Characters that occur less often are unknown, so that the unknown token is met in training. */
  readonly minimumCount: number;
}

export const DEFAULT_CHAR_TRAINING: CharTrainingOptions = { vocabularySize: 1024, minimumCount: 2 };

/** The character vocabulary of texts: their most frequent characters, in code point order. The order of the texts does not matter. */
export function trainCharVocabulary(
  texts: Iterable<string>,
  options: Partial<CharTrainingOptions> = {},
): CharVocabulary {
  const { vocabularySize, minimumCount } = { ...DEFAULT_CHAR_TRAINING, ...options };
  if (!Number.isInteger(vocabularySize) || vocabularySize < MIN_CHAR_VOCABULARY_SIZE) {
    throw new RangeError(
      `Expected \`vocabularySize\` to be an integer of at least ${MIN_CHAR_VOCABULARY_SIZE}, got ${vocabularySize}`,
    );
  }
  const kept = [...countCharacters(texts)]
    .filter(([, count]) => count >= minimumCount)
    .sort(([codePointA, countA], [codePointB, countB]) => countB - countA || codePointA - codePointB)
    .slice(0, vocabularySize - CHAR_MARKS.length)
    .map(([codePoint]) => codePoint)
    .sort((a, b) => a - b);
  return new CharVocabulary(kept.map((codePoint) => String.fromCodePoint(codePoint)));
}

function countCharacters(texts: Iterable<string>): ReadonlyMap<number, number> {
  const unitCounts = new Float64Array(0x10000);
  const pairCounts = new Map<number, number>();
  for (const text of texts) {
    for (let utf16Offset = 0; utf16Offset < text.length; utf16Offset++) {
      const codePoint = scalarValueAt(text, utf16Offset);
      if (codePoint > 0xffff) {
        pairCounts.set(codePoint, (pairCounts.get(codePoint) ?? 0) + 1);
        utf16Offset++;
      } else {
        unitCounts[codePoint] = (unitCounts[codePoint] as number) + 1;
      }
    }
  }
  unitCounts.forEach((count, codePoint) => {
    if (count > 0) {
      pairCounts.set(codePoint, count);
    }
  });
  return pairCounts;
}
