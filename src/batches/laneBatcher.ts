import { createRng, shuffle } from "../base/rng.ts";
import { NO_MATCH } from "../tokens/matchIndex.ts";
import type { BatchPosition, LaneBatch } from "./laneBatches.ts";
import type { TokenStream } from "./tokenStream.ts";
import {
  blankBatch,
  documentPredictions,
  evenWindow,
  type PredictionRun,
  requireShape,
  writeRun,
} from "./windowWriter.ts";

export interface LaneBatcherOptions {
  /** B: lanes at most; fewer where the stream would not fill one window of each. */
  readonly laneCount: number;
  /** T: tokens a window at most; a little fewer where that leaves less padding at the end of a pass. */
  readonly windowTokens: number;
  /** Decides the order of the documents and the place of the first cut in every pass. */
  readonly seed: number;
  /**
   * Within a document, after every so many tokens, the state is reset, and every other time START is read in place of the
   * token before: long documents then teach as often as short ones what to expect behind a START, and of text that begins
   * in the midst of a document. Never where absent.
   */
  readonly restartTokens?: number;
  /** Whether the batches tell what their inputs suggest by matches. */
  readonly readsMatches?: boolean;
  /** The batch to begin with; the very first where absent. */
  readonly start?: BatchPosition;
}

/**
 * Training batches without end: in every pass (epoch) each token of the stream but the STARTs is predicted exactly once.
 *
 * A pass puts the documents into a new order, closes their predictions to a ring, cuts the ring at a new place, and deals B
 * contiguous parts, equal but for one token, to the lanes. So lanes begin in the midst of documents, elsewhere in each
 * pass; there the state is reset as it is at a START. Behind a document's END comes the next document's START, as input:
 * no target lies across. Seed and position alone decide a batch, so a batcher started at a saved position goes on exactly.
 */
export class LaneBatcher {
  /** B: the same for all batches. */
  public readonly laneCount: number;
  /** T: the same for all batches. */
  public readonly windowTokens: number;
  public readonly windowsPerEpoch: number;
  readonly #stream: TokenStream;
  readonly #seed: number;
  readonly #readsMatches: boolean;
  readonly #restartTokens: number;
  #position: BatchPosition;
  #pass: Pass;

  public constructor(stream: TokenStream, options: LaneBatcherOptions) {
    const { predictedTokens } = stream;
    requireShape(stream, options);
    this.laneCount = Math.min(options.laneCount, Math.max(1, Math.floor(predictedTokens / options.windowTokens)));
    const { windowTokens, windowCount } = evenWindow(Math.ceil(predictedTokens / this.laneCount), options.windowTokens);
    this.windowTokens = windowTokens;
    this.windowsPerEpoch = windowCount;
    this.#stream = stream;
    this.#seed = options.seed;
    this.#readsMatches = options.readsMatches === true;
    this.#restartTokens = options.restartTokens ?? Infinity;
    const { epoch, windowIndex } = options.start ?? { epoch: 0, windowIndex: 0 };
    const isInside = Number.isInteger(epoch) && epoch >= 0 && Number.isInteger(windowIndex) && windowIndex >= 0;
    if (!isInside || windowIndex >= windowCount) {
      throw new RangeError(
        `Expected \`start\` to be one of ${windowCount} windows of a pass, got ${windowIndex} of pass ${epoch}`,
      );
    }
    this.#position = { epoch, windowIndex };
    this.#pass = planPass(stream, this.#seed, epoch);
  }

  /** Where the batch that `next` gives stands. */
  public get position(): BatchPosition {
    return this.#position;
  }

  /** The next batch; the caller owns it. */
  public next(): LaneBatch {
    const { epoch, windowIndex } = this.#position;
    if (this.#pass.epoch !== epoch) {
      this.#pass = planPass(this.#stream, this.#seed, epoch);
    }
    const batch = blankBatch(this.laneCount, this.windowTokens, this.#readsMatches);
    for (let lane = 0; lane < this.laneCount; lane++) {
      this.#fillLane(batch, lane, windowIndex);
    }
    const isLast = windowIndex + 1 === this.windowsPerEpoch;
    this.#position = isLast ? { epoch: epoch + 1, windowIndex: 0 } : { epoch, windowIndex: windowIndex + 1 };
    return batch;
  }

  #fillLane(batch: LaneBatch, lane: number, windowIndex: number): void {
    const { predictedTokens } = this.#stream;
    const laneStart = Math.floor((lane * predictedTokens) / this.laneCount);
    const laneEnd = Math.floor(((lane + 1) * predictedTokens) / this.laneCount);
    const from = laneStart + windowIndex * this.windowTokens;
    const count = Math.min(this.windowTokens, laneEnd - from);
    const firstCell = lane * this.windowTokens;
    let place = (this.#pass.cut + from) % predictedTokens;
    let rank = documentAt(this.#pass, place);
    for (let written = 0; written < count;) {
      const firstToken = place - (this.#pass.starts[rank] as number);
      const run = Math.min(count - written, (this.#pass.starts[rank + 1] as number) - place);
      const document = this.#pass.order[rank] as number;
      writeRun(batch, firstCell + written, { stream: this.#stream, document, firstToken, count: run });
      this.#restart(batch, firstCell + written, { document, firstToken, count: run });
      written += run;
      rank = (rank + 1) % this.#pass.order.length;
      place = this.#pass.starts[rank] as number;
    }
    if (windowIndex === 0) {
      batch.resets[firstCell] = 1;
    }
  }

  /** Begins anew where a run of predictions passes a multiple of the restart's distance; what is predicted stays. */
  #restart(batch: LaneBatch, cell: number, run: Omit<PredictionRun, "stream">): void {
    const { tokens, documentStarts } = this.#stream;
    const startId = tokens[documentStarts[run.document] as number] as number;
    const first = Math.max(1, Math.ceil(run.firstToken / this.#restartTokens)) * this.#restartTokens;
    for (let token = first; token < run.firstToken + run.count; token += this.#restartTokens) {
      const at = cell + token - run.firstToken;
      if ((token / this.#restartTokens) % 2 === 1) {
        batch.inputs[at] = startId;
        batch.matches?.fill(NO_MATCH, at, at + 1);
      }
      batch.resets[at] = 1;
    }
  }
}

/** One pass over the documents, in an order of its own. */
interface Pass {
  readonly epoch: number;
  /** Documents by rank in this pass. */
  readonly order: readonly number[];
  /** [documents + 1]: predictions before each rank. */
  readonly starts: Float64Array;
  /** Prediction with which the first lane begins. */
  readonly cut: number;
}

function planPass(stream: TokenStream, seed: number, epoch: number): Pass {
  const rng = createRng(seed ^ Math.imul(epoch + 1, 0x85ebca6b));
  const order = shuffle(
    Array.from({ length: stream.documentCount }, (_, document) => document),
    rng,
  );
  const starts = new Float64Array(order.length + 1);
  order.forEach((document, rank) => {
    starts[rank + 1] = (starts[rank] as number) + documentPredictions(stream, document);
  });
  return { epoch, order, starts, cut: rng.nextInt(stream.predictedTokens) };
}

/** The rank of the document that prediction `place` belongs to. */
function documentAt(pass: Pass, place: number): number {
  let low = 0;
  let high = pass.order.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((pass.starts[middle] as number) <= place) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}
