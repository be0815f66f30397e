import type { ContextCounts, ContextStatistics, UnigramLevel } from "./contextCounts.ts";
import type { CountKind } from "./contextQuery.ts";
import type { Smoothing, SmoothingName } from "./smoothing.ts";
import type { SparseSums } from "./sparseSums.ts";

/**
 * One context's part in p(w | c) = share(count(c w)) + backoff · p(w | shorter c). The shares of all tokens seen and
 * `backoff` add up to 1. Asked only of contexts with a count.
 */
export interface InterpolationRule {
  readonly name: SmoothingName;
  readonly countKind: CountKind;
  share(count: number, context: ContextStatistics): number;
  backoff(context: ContextStatistics): number;
}

/** The smoothing that applies a rule from the longest context down to single tokens, and to a uniform guess below those. */
export function interpolate(rule: InterpolationRule): Smoothing {
  return {
    name: rule.name,
    countKind: rule.countKind,
    isScore: false,
    fillBase: (unigrams, options) => fillBase(rule, { unigrams, ...options }),
    addContexts: (counts, { sums }) => addContexts(rule, { counts, sums }),
  };
}

function fillBase(
  rule: InterpolationRule,
  { unigrams, startId, out }: { readonly unigrams: UnigramLevel; readonly startId: number; readonly out: Float64Array },
): void {
  const uniform = (unigrams.total === 0 ? 1 : rule.backoff(unigrams)) / (out.length - 1);
  for (let token = 0; token < out.length; token++) {
    const count = unigrams.counts[token] as number;
    out[token] = (count === 0 ? 0 : rule.share(count, unigrams)) + uniform;
  }
  out[startId] = 0;
}

function addContexts(
  rule: InterpolationRule,
  { counts, sums }: { readonly counts: ContextCounts; readonly sums: SparseSums },
): number {
  const { tokens, counts: values } = counts;
  let weight = 1;
  for (const level of counts.levels) {
    for (let index = level.from; index < level.to; index++) {
      sums.add(tokens[index] as number, weight * rule.share(values[index] as number, level));
    }
    weight *= rule.backoff(level);
    if (weight === 0) {
      break;
    }
  }
  return weight;
}
