import { interpolate } from "./interpolation.ts";
import type { Smoothing } from "./smoothing.ts";

/** Between 0 (maximum likelihood) and 1 (Laplace); small is better where contexts are long. */
const DEFAULT_DELTA = 0.01;

/**
 * Every token is seen δ times more than it was: p(w | c) = (count(c w) + δ) / (count(c) + δ V) after the full context, and a
 * uniform guess after one that never occurred. δ = 1 is Laplace's rule. The baseline that everything else beats.
 */
export function addDelta(delta = DEFAULT_DELTA): Smoothing {
  return {
    name: "addDelta",
    countKind: "occurrences",
    isScore: false,
    fillBase(_unigrams, { startId, out }) {
      out.fill(1 / (out.length - 1));
      out[startId] = 0;
    },
    addContexts({ levels, tokens, counts, unigrams, askedDepth }, { sums, base }) {
      const added = delta * (base.length - 1);
      const [longest] = levels;
      if (askedDepth === 0) {
        unigrams.counts.forEach((count, token) => {
          sums.add(token, count / (unigrams.total + added));
        });
        return added / (unigrams.total + added);
      }
      if (longest === undefined || longest.depth < askedDepth) {
        return 1;
      }
      for (let index = longest.from; index < longest.to; index++) {
        sums.add(tokens[index] as number, (counts[index] as number) / (longest.total + added));
      }
      return added / (longest.total + added);
    },
  };
}

/** Pseudo-counts that a context inherits from the shorter one; about what Witten-Bell takes from a context of few successors. */
const DEFAULT_STRENGTH = 2;

/**
 * The hierarchical form (MacKay and Peto 1995): the δ V added counts are shared out as the shorter context says and not evenly,
 * p(w | c) = (count(c w) + α p(w | shorter c)) / (count(c) + α).
 * @param strength α
 */
export function hierarchicalAddDelta(strength = DEFAULT_STRENGTH): Smoothing {
  return interpolate({
    name: "hierarchicalAddDelta",
    countKind: "occurrences",
    share: (count, { total }) => count / (total + strength),
    backoff: ({ total }) => strength / (total + strength),
  });
}
