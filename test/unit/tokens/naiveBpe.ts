import { chunkEnd } from "../../../src/tokens/chunkScanner.ts";

/** Byte-pair encoding as its definition says it, counting everything anew for every piece; for ASCII texts. */
export function naiveBpe(texts: readonly string[], pieceCount: number): readonly (readonly [string, string])[] {
  const words = texts.flatMap(chunksOf).map((chunk) => Array.from(chunk));
  const rankOf = new Map<string, number>(Array.from({ length: 128 }, (_, unit) => [String.fromCharCode(unit), unit]));
  const merges: (readonly [string, string])[] = [];
  while (merges.length < pieceCount) {
    const best = mostFrequentPair(words, rankOf);
    if (best === undefined) {
      break;
    }
    merges.push(best);
    rankOf.set(best[0] + best[1], rankOf.size);
    words.forEach((word) => {
      mergeInto(word, best);
    });
  }
  return merges;
}

/** Cuts a text into pieces by applying merges in the order in which they were learnt. */
export function naiveEncode(text: string, merges: readonly (readonly [string, string])[]): readonly string[] {
  return chunksOf(text).flatMap((chunk) => {
    const word = Array.from(chunk);
    for (const merge of merges) {
      mergeInto(word, merge);
    }
    return word;
  });
}

function chunksOf(text: string): string[] {
  const chunks: string[] = [];
  for (let start = 0; start < text.length;) {
    const end = chunkEnd(text, start);
    chunks.push(text.slice(start, end));
    start = end;
  }
  return chunks;
}

function mergeInto(word: string[], [left, right]: readonly [string, string]): void {
  for (let place = 0; place + 1 < word.length; place++) {
    if (word[place] === left && word[place + 1] === right) {
      word.splice(place, 2, left + right);
    }
  }
}

/** Overlapping pairs (three equal letters are two pairs) count each, as in the learner. */
function mostFrequentPair(
  words: readonly (readonly string[])[],
  rankOf: ReadonlyMap<string, number>,
): readonly [string, string] | undefined {
  const counts = new Map<string, { readonly pair: readonly [string, string]; count: number }>();
  for (const word of words) {
    for (let place = 0; place + 1 < word.length; place++) {
      const pair = [word[place]!, word[place + 1]!] as const;
      const key = JSON.stringify(pair);
      const entry = counts.get(key) ?? { pair, count: 0 };
      entry.count++;
      counts.set(key, entry);
    }
  }
  const rank = (piece: string): number => rankOf.get(piece)!;
  return [...counts.values()]
    .filter(({ count }) => count >= 2)
    .sort((a, b) => b.count - a.count || rank(a.pair[0]) - rank(b.pair[0]) || rank(a.pair[1]) - rank(b.pair[1]))[0]
    ?.pair;
}
