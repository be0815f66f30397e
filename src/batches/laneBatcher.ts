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
  /** Each lane's documents by the day of their last change; default: in any order. */
  readonly byDate?: DateOrder;
  /** Whether the batches tell what their inputs suggest by matches. */
  readonly readsMatches?: boolean;
  /** The batch to begin with; the very first where absent. */
  readonly start?: BatchPosition;
}

/** Not finer than days: in a fresh copy, times only tell the order in which files were written. */
export interface DateOrder {
  /** Of each document, milliseconds since 1970-01-01 UTC. */
  readonly modifiedEpochMs: readonly number[];
  readonly first: "newest" | "oldest";
}

/**
 * Training batches without end: in every pass (epoch) each token of the stream but the STARTs is predicted exactly once.
 *
 * A pass puts the documents into a new order, closes their predictions to a ring, cuts the ring at a new place, and deals B
 * contiguous parts, equal but for one token, to the lanes. So lanes begin in the midst of documents, elsewhere in each
 * pass; there the state is reset as it is at a START. Behind a document's END comes the next document's START, as input:
 * no target lies across. Seed, dates and position alone decide a batch, so a batcher started at a saved position goes on
 * exactly. By date, each lane has the documents that begin in its part in their order, and no ring is cut; a lane may first
 * finish the last document of the one before it.
 */
export class LaneBatcher {
  /** B: the same for all batches. */
  public readonly laneCount: number;
  /** T: the same for all batches. */
  public readonly windowTokens: number;
  public readonly windowsPerEpoch: number;
  readonly #stream: TokenStream;
  readonly #order: OrderOptions;
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
    this.#order = { seed: options.seed, laneCount: this.laneCount, byDate: options.byDate ?? null };
    requireDates(stream, options.byDate);
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
    this.#pass = planPass(stream, epoch, this.#order);
  }

  /** Where the batch that `next` gives stands. */
  public get position(): BatchPosition {
    return this.#position;
  }

  /** The next batch; the caller owns it. */
  public next(): LaneBatch {
    const { epoch, windowIndex } = this.#position;
    if (this.#pass.epoch !== epoch) {
      this.#pass = planPass(this.#stream, epoch, this.#order);
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

/** What decides the order of a pass. */
interface OrderOptions {
  readonly seed: number;
  /** B, as it is. */
  readonly laneCount: number;
  readonly byDate: DateOrder | null;
}

function requireDates({ documentCount }: TokenStream, byDate: DateOrder | undefined): void {
  const dates = byDate?.modifiedEpochMs;
  if (dates !== undefined && (dates.length !== documentCount || dates.some(Number.isNaN))) {
    throw new RangeError(`Expected a date of each of ${documentCount} documents, got ${dates.length}`);
  }
}

function planPass(stream: TokenStream, epoch: number, { seed, laneCount, byDate }: OrderOptions): Pass {
  const rng = createRng(seed ^ Math.imul(epoch + 1, 0x85ebca6b));
  const shuffled = shuffle(
    Array.from({ length: stream.documentCount }, (_, document) => document),
    rng,
  );
  if (byDate === null) {
    return { epoch, order: shuffled, starts: startsOf(stream, shuffled), cut: rng.nextInt(stream.predictedTokens) };
  }
  const order = lanesByDate(stream, shuffled, { laneCount, byDate });
  return { epoch, order, starts: startsOf(stream, order), cut: 0 };
}

const DAY_MS = 86_400_000;

/** The documents that begin in each lane's part, by day, as they are within one. */
function lanesByDate(
  stream: TokenStream,
  shuffled: readonly number[],
  { laneCount, byDate: { modifiedEpochMs, first } }: Pick<OrderOptions, "laneCount"> & { readonly byDate: DateOrder },
): readonly number[] {
  const starts = startsOf(stream, shuffled);
  const lanes = Array.from({ length: laneCount }, (): number[] => []);
  shuffled.forEach((document, rank) => {
    const lane = Math.floor((((starts[rank] as number) + 1) * laneCount - 1) / stream.predictedTokens);
    (lanes[lane] as number[]).push(document);
  });
  const sign = first === "newest" ? -1 : 1;
  const dayOf = (document: number): number => Math.floor((modifiedEpochMs[document] as number) / DAY_MS);
  return lanes.flatMap((documents) => documents.sort((a, b) => sign * (dayOf(a) - dayOf(b))));
}

/** [documents + 1]: predictions before each rank. */
function startsOf(stream: TokenStream, order: readonly number[]): Float64Array {
  const starts = new Float64Array(order.length + 1);
  order.forEach((document, rank) => {
    starts[rank + 1] = (starts[rank] as number) + documentPredictions(stream, document);
  });
  return starts;
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
