/** Where a context was counted: a trust that is right beside other counts of the same context is wrong without them. */
export type TrustScope =
  "workspaceBesideLocal" | "local" | "workspaceAlone" | "place" | "folder" | "nearPlace" | "recent";

const SCOPES: Readonly<Record<TrustScope, number>> = {
  workspaceBesideLocal: 0,
  local: 1,
  workspaceAlone: 2,
  place: 3,
  folder: 4,
  nearPlace: 5,
  recent: 6,
};

/** Kinds of context by length: 0 to 12 tokens one by one, then up to 15, up to 23, and longer. */
const DEPTH_KINDS = 16;
const LONG_ENDS: readonly number[] = [15, 23];
/** Upper ends of the kinds of counts, of all that followed and of different tokens; the last is open. */
const TOTAL_ENDS: readonly number[] = [1, 2, 3, 5, 8, 16, 64, 512];
const TYPE_ENDS: readonly number[] = [1, 2, 3, 5, 8, 16, 64];
const TOTAL_KINDS = TOTAL_ENDS.length + 1;
const TYPE_KINDS = TYPE_ENDS.length + 1;
const CELLS = DEPTH_KINDS * TOTAL_KINDS * TYPE_KINDS;

/** Cells of the table. */
export const TRUST_COUNT = Object.keys(SCOPES).length * CELLS;

/** Contexts of one length in one place, whatever their counts are. */
export const CONTEXT_GROUPS = Object.keys(SCOPES).length * DEPTH_KINDS;

/** Which of the `CONTEXT_GROUPS` a cell is of. */
export function contextGroupOf(cell: number): number {
  return Math.floor(cell / (TOTAL_KINDS * TYPE_KINDS));
}

/** Share of the way to what one token says; small enough that a cell remembers a hundred. */
const RATE = 0.01;
/** A cell that is almost sure learns no faster than one of these odds. */
const LEAST_SLOPE = 0.05;
const MAX_LOG_ODDS = 8;

/** A context's counts as far as they say how reliable it is. */
export interface TrustFacts {
  /** Its length; of places, the way in which they are compared. */
  readonly depth: number;
  readonly total: number;
  readonly types: number;
}

/**
 * How far a context is to be trusted against the shorter ones, learnt from what came after contexts like it: in place of the
 * fixed formula of a smoothing, a table by length and counts, as Bahl, Jelinek and Mercer (1983) bucketed the weights of their
 * interpolation and the secondary escape estimation of Shkarin's PPMII (2002) does for compressors. After some code it
 * knows that a token that followed once, after a context of eight, follows again nine times in ten.
 */
export class TrustTable {
  readonly #logOdds: Float64Array;

  /** @param logOdds [TRUST_COUNT]; owned from now on, and learnt in */
  public constructor(logOdds: Float64Array) {
    this.#logOdds = logOdds;
  }

  /** The formula of Witten and Bell, where nothing was learnt. */
  public static untrained(): Float64Array {
    const logOdds = new Float64Array(TRUST_COUNT);
    for (let cell = 0; cell < TRUST_COUNT; cell++) {
      const types = TYPE_ENDS[cell % TYPE_KINDS] ?? 128;
      const total = TOTAL_ENDS[Math.floor(cell / TYPE_KINDS) % TOTAL_KINDS] ?? 1024;
      logOdds[cell] = Math.log(Math.max(total, types) / types);
    }
    return logOdds;
  }

  /** The cell of a context. */
  public cellOf(scope: TrustScope, { depth, total, types }: TrustFacts): number {
    const kinds = (SCOPES[scope] * DEPTH_KINDS + depthKind(depth)) * TOTAL_KINDS + kindOf(TOTAL_ENDS, total);
    return kinds * TYPE_KINDS + kindOf(TYPE_ENDS, types);
  }

  /** The share of the probability that a context of this cell gets, in (0, 1). */
  public trust(cell: number): number {
    return 1 / (1 + Math.exp(-(this.#logOdds[cell] as number)));
  }

  /**
   * Learns from a token that came.
   * @param reach probability that the token was not settled by a longer context, given that it came
   * @param settled probability that this context settled it, given that none longer did
   */
  public learn(cell: number, { reach, settled }: { readonly reach: number; readonly settled: number }): void {
    const trust = this.trust(cell);
    const slope = Math.max(LEAST_SLOPE, trust * (1 - trust));
    const logOdds = (this.#logOdds[cell] as number) + (RATE * reach * (settled - trust)) / slope;
    this.#logOdds[cell] = Math.min(MAX_LOG_ODDS, Math.max(-MAX_LOG_ODDS, logOdds));
  }
}

function depthKind(depth: number): number {
  return depth <= 12 ? depth : 13 + kindOf(LONG_ENDS, depth);
}

function kindOf(ends: readonly number[], count: number): number {
  for (let kind = 0; kind < ends.length; kind++) {
    if (count <= (ends[kind] as number)) {
      return kind;
    }
  }
  return ends.length;
}
