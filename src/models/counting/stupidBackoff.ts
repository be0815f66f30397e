import type { Smoothing } from "./smoothing.ts";

/** α of Brants et al. (2007). */
const DEFAULT_PENALTY = 0.4;

/**
 * Relative frequencies after the longest context in which the token occurred, times α for each token of context that was given
 * up (Brants et al. 2007, eq. 5). Scores: they do not sum to 1. Tokens that never occurred get α times a uniform guess, which the
 * paper, with its closed vocabulary, has no need of.
 */
export function stupidBackoff(penalty = DEFAULT_PENALTY): Smoothing {
  return {
    name: "stupidBackoff",
    countKind: "occurrences",
    isScore: true,
    fillBase({ counts, total }, { startId, out }) {
      const uniform = penalty / (out.length - 1);
      for (let token = 0; token < out.length; token++) {
        const count = counts[token] as number;
        out[token] = count === 0 ? uniform : count / total;
      }
      out[startId] = 0;
    },
    addContexts({ levels, tokens, counts, askedDepth }, { sums, base }) {
      const baseWeight = penalty ** askedDepth;
      for (const { depth, total, from, to } of levels) {
        const scale = penalty ** Math.max(0, askedDepth - depth) / total;
        for (let index = from; index < to; index++) {
          const token = tokens[index] as number;
          if (!sums.has(token)) {
            // The base is added to everything afterwards.
            sums.add(token, scale * (counts[index] as number) - baseWeight * (base[token] as number));
          }
        }
      }
      return baseWeight;
    },
  };
}
