import type { LaneBatch } from "./laneBatches.ts";
import type { TokenStream } from "./tokenStream.ts";
import { blankBatch, documentPredictions, evenWindow, requireShape, writeRun } from "./windowWriter.ts";

export interface EvaluationOptions {
  /** B: lanes at most. */
  readonly laneCount: number;
  /** T: tokens a window at most. */
  readonly windowTokens: number;
}

/** A time step costs about as much for its weights, read once, as for this many lanes. */
const STEP_COST_LANES = 16;

/**
 * Batches that score every document once, from START to END with the state carried all the way: each lane reads whole
 * documents one after the other. Every token but the STARTs is a target of weight 1 exactly once.
 */
export class EvaluationBatches {
  /** B: as many as make the pass cheapest, since one long document keeps all lanes waiting. */
  public readonly laneCount: number;
  /** T */
  public readonly windowTokens: number;
  public readonly windowCount: number;
  /** Number of targets that count. */
  public readonly predictedTokens: number;
  /** UTF-8 bytes that the targets stand for. */
  public readonly bytes: number;
  readonly #stream: TokenStream;
  /** Documents of each lane, in reading order. */
  readonly #lanes: readonly (readonly number[])[];

  public constructor(stream: TokenStream, options: EvaluationOptions) {
    requireShape(stream, options);
    const plan = planLanes(stream, options.laneCount);
    this.#stream = stream;
    this.#lanes = plan.lanes;
    this.laneCount = plan.lanes.length;
    const { windowTokens, windowCount } = evenWindow(plan.longest, options.windowTokens);
    this.windowTokens = windowTokens;
    this.windowCount = windowCount;
    this.predictedTokens = stream.predictedTokens;
    this.bytes = stream.bytes;
  }

  /** The batches of one pass in order; the caller owns each. */
  public *windows(): Generator<LaneBatch> {
    const places = this.#lanes.map(() => ({ index: 0, token: 0 }));
    for (let windowIndex = 0; windowIndex < this.windowCount; windowIndex++) {
      const batch = blankBatch(this.laneCount, this.windowTokens);
      this.#lanes.forEach((documents, lane) => {
        places[lane] = this.#fillLane(batch, lane, { documents, ...(places[lane] as LanePlace) });
      });
      yield batch;
    }
  }

  #fillLane(batch: LaneBatch, lane: number, from: LanePlace & { readonly documents: readonly number[] }): LanePlace {
    let { index, token } = from;
    for (let written = 0; written < this.windowTokens;) {
      const document = from.documents[index];
      if (document === undefined) {
        break;
      }
      const left = documentPredictions(this.#stream, document) - token;
      const count = Math.min(this.windowTokens - written, left);
      writeRun(batch, lane * this.windowTokens + written, { stream: this.#stream, document, firstToken: token, count });
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
}

/** How far a lane has read: the document at `index` of its list, up to its token `token`. */
interface LanePlace {
  readonly index: number;
  readonly token: number;
}

interface LanePlan {
  readonly lanes: readonly (readonly number[])[];
  /** Predictions of the longest lane. */
  readonly longest: number;
}

/** The cheapest of the plans with 1, 2, 4, … lanes. */
function planLanes(stream: TokenStream, maxLaneCount: number): LanePlan {
  const limit = Math.min(maxLaneCount, stream.documentCount);
  const lengths = Array.from({ length: stream.documentCount }, (_, document) => documentPredictions(stream, document));
  const longestFirst = lengths
    .map((_, document) => document)
    .sort((a, b) => (lengths[b] as number) - (lengths[a] as number) || a - b);
  let best = dealDocuments(longestFirst, lengths, 1);
  for (let laneCount = 2; laneCount < limit * 2; laneCount *= 2) {
    const plan = dealDocuments(longestFirst, lengths, Math.min(laneCount, limit));
    if (costOf(plan) < costOf(best)) {
      best = plan;
    }
  }
  return best;
}

function costOf(plan: LanePlan): number {
  return plan.longest * (plan.lanes.length + STEP_COST_LANES);
}

/** Gives each document, the longest first, to the lane with least to read (Graham 1969: at most a third above the optimum). */
function dealDocuments(longestFirst: readonly number[], lengths: readonly number[], laneCount: number): LanePlan {
  const lanes: number[][] = Array.from({ length: laneCount }, () => []);
  const totals = new Float64Array(laneCount);
  for (const document of longestFirst) {
    const lane = totals.indexOf(Math.min(...totals));
    (lanes[lane] as number[]).push(document);
    totals[lane] = (totals[lane] as number) + (lengths[document] as number);
  }
  return { lanes, longest: Math.max(...totals) };
}
