import type { LongestMatch } from "./nestedCounts.ts";

/** Kinds of context: how long the longest match in the workspace is, and how long the local one. */
const MATCH_ENDS: readonly number[] = [0, 1, 3, 6, 11];
const MATCH_KINDS = MATCH_ENDS.length + 1;
export const CONTEXT_KINDS = MATCH_KINDS * MATCH_KINDS;

/** Numbers that describe a context; a one-of-`CONTEXT_KINDS` follows them. */
export const NUMBER_COUNT = 13;
export const FEATURE_COUNT = NUMBER_COUNT + CONTEXT_KINDS;

/** What the gate looks at. */
export interface GateFacts {
  readonly workspaceMatch: LongestMatch;
  readonly localMatch: LongestMatch;
  /** Of the token that the counts hold most probable: what the counts and what the network give it. */
  readonly countedBest: { readonly token: number; readonly counted: number; readonly neural: number };
  /** Of the token that the network holds most probable. */
  readonly neuralBest: { readonly token: number; readonly counted: number; readonly neural: number };
  /** Tokens of the document so far. */
  readonly tokenIndex: number;
}

/** Which of the `CONTEXT_KINDS` a context is. */
export function contextKind(workspaceDepth: number, localDepth: number): number {
  return matchKind(workspaceDepth) * MATCH_KINDS + matchKind(localDepth);
}

/** Fills the first `NUMBER_COUNT` of `out`: roughly between −3 and 3 each. */
export function fillNumbers(
  { workspaceMatch, localMatch, countedBest, neuralBest, tokenIndex }: GateFacts,
  out: Float64Array,
): void {
  out[0] = 1;
  out[1] = logOdds(countedBest.counted);
  out[2] = logOdds(neuralBest.neural);
  out[3] = logOdds(countedBest.neural);
  out[4] = logOdds(neuralBest.counted);
  out[5] = countedBest.token === neuralBest.token ? 1 : 0;
  out[6] = Math.log1p(workspaceMatch.total) / 4;
  out[7] = Math.log1p(workspaceMatch.types) / 4;
  out[8] = Math.log1p(localMatch.total) / 4;
  out[9] = Math.log1p(localMatch.types) / 4;
  out[10] = workspaceMatch.depth / 16;
  out[11] = localMatch.depth / 12;
  out[12] = Math.log1p(tokenIndex) / 8;
}

function matchKind(depth: number): number {
  for (let kind = 0; kind < MATCH_ENDS.length; kind++) {
    if (depth <= (MATCH_ENDS[kind] as number)) {
      return kind;
    }
  }
  return MATCH_ENDS.length;
}

/** Log odds, scaled, and flat near 0 and 1. */
function logOdds(probability: number): number {
  return Math.log((probability + 1e-4) / (1.0001 - probability)) / 4;
}
