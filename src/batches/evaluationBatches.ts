import type { LaneBatch } from "./laneBatches.ts";
import type { TokenStream } from "./tokenStream.ts";
import { countedBytes, type Stretch, wholeDocuments } from "./stretches.ts";
import { blankBatch, evenWindow, requireShape, writeRun } from "./windowWriter.ts";

export interface EvaluationOptions {
  /** B: lanes at most. */
  readonly laneCount: number;
  /** T: tokens a window at most. */
  readonly windowTokens: number;
  /** Whether the batches tell what their inputs suggest by matches. */
  readonly readsMatches?: boolean;
}

/** A time step costs about as much for its weights, read once, as for this many lanes. */
const STEP_COST_LANES = 16;

/**
 * Batches that score stretches of a stream, each lane reading one after the other with the state carried from a stretch's
 * beginning to its end. Without a choice of stretches every document is scored once, from START to END; then every token
 * but the STARTs is a target of weight 1 exactly once.
 */
export class EvaluationBatches {
  /** B: as many as make the pass cheapest, since one long document keeps all lanes waiting. */
  public readonly laneCount: number;
  /** T */
  public readonly windowTokens: number;
  public readonly windowCount: number;
  /** Number of targets that count. */
  public readonly predictedTokens: number;
  /** UTF-8 bytes that the targets that count stand for. */
  public readonly bytes: number;
  /** What a pass costs, in units that are alike for all passes of one network. */
  public readonly work: number;
  readonly #stream: TokenStream;
  readonly #readsMatches: boolean;
  /** Stretches of each lane, in reading order. */
  readonly #lanes: readonly (readonly Stretch[])[];

  public constructor(stream: TokenStream, options: EvaluationOptions, stretches = wholeDocuments(stream)) {
    requireShape(stream, options);
    const plan = planLanes(stretches, options.laneCount);
    this.#stream = stream;
    this.#readsMatches = options.readsMatches === true;
    this.#lanes = plan.lanes;
    this.laneCount = plan.lanes.length;
    const { windowTokens, windowCount } = evenWindow(plan.longest, options.windowTokens);
    this.windowTokens = windowTokens;
    this.windowCount = windowCount;
    this.predictedTokens = stretches.reduce((sum, { count, runUpCount }) => sum + count - runUpCount, 0);
    this.bytes = stretches.reduce((sum, stretch) => sum + countedBytes(stream, stretch), 0);
    this.work = costOf(plan);
  }

  /** The batches of one pass in order; the caller owns each. */
  public *windows(): Generator<LaneBatch> {
    const places = this.#lanes.map(() => ({ index: 0, token: 0 }));
    for (let windowIndex = 0; windowIndex < this.windowCount; windowIndex++) {
      const batch = blankBatch(this.laneCount, this.windowTokens, this.#readsMatches);
      this.#lanes.forEach((stretches, lane) => {
        places[lane] = this.#fillLane(batch, lane, { stretches, ...(places[lane] as LanePlace) });
      });
      yield batch;
    }
  }

  #fillLane(batch: LaneBatch, lane: number, from: LanePlace & { readonly stretches: readonly Stretch[] }): LanePlace {
    let { index, token } = from;
    for (let written = 0; written < this.windowTokens;) {
      const stretch = from.stretches[index];
      if (stretch === undefined) {
        break;
      }
      const left = stretch.count - token;
      const count = Math.min(this.windowTokens - written, left);
      this.#writePart(batch, lane * this.windowTokens + written, { stretch, token, count });
      written += count;
      if (count === left) {
        index++;
        token = 0;
      } else {
        token += count;
      }
    }
    return { index, token };
  }

  #writePart(batch: LaneBatch, cell: number, { stretch, token, count }: StretchPart): void {
    const { document, firstToken, runUpCount } = stretch;
    writeRun(batch, cell, { stream: this.#stream, document, firstToken: firstToken + token, count });
    if (token === 0 && count > 0) {
      batch.resets[cell] = 1;
    }
    batch.weights.fill(0, cell, cell + Math.min(Math.max(runUpCount - token, 0), count));
  }
}

interface StretchPart {
  readonly stretch: Stretch;
  /** The part's first prediction, counted from the stretch's beginning. */
  readonly token: number;
  readonly count: number;
}

/** How far a lane has read: the stretch at `index` of its list, up to its prediction `token`. */
interface LanePlace {
  readonly index: number;
  readonly token: number;
}

interface LanePlan {
  readonly lanes: readonly (readonly Stretch[])[];
  /** Predictions that the longest lane reads. */
  readonly longest: number;
}

/** The cheapest of the plans with 1, 2, 4, … lanes. */
function planLanes(stretches: readonly Stretch[], maxLaneCount: number): LanePlan {
  const limit = Math.min(maxLaneCount, stretches.length);
  const longestFirst = [...stretches].sort(
    (a, b) => b.count - a.count || a.document - b.document || a.firstToken - b.firstToken,
  );
  let best = dealStretches(longestFirst, 1);
  for (let laneCount = 2; laneCount < limit * 2; laneCount *= 2) {
    const plan = dealStretches(longestFirst, Math.min(laneCount, limit));
    if (costOf(plan) < costOf(best)) {
      best = plan;
    }
  }
  return best;
}

function costOf(plan: LanePlan): number {
  return plan.longest * (plan.lanes.length + STEP_COST_LANES);
}

/** Gives each stretch, the longest first, to the lane with least to read (Graham 1969: at most a third above the optimum). */
function dealStretches(longestFirst: readonly Stretch[], laneCount: number): LanePlan {
  const lanes: Stretch[][] = Array.from({ length: laneCount }, () => []);
  const totals = new Float64Array(laneCount);
  for (const stretch of longestFirst) {
    const lane = totals.indexOf(Math.min(...totals));
    (lanes[lane] as Stretch[]).push(stretch);
    totals[lane] = (totals[lane] as number) + stretch.count;
  }
  return { lanes, longest: Math.max(...totals) };
}
