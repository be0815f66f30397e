import { createRng } from "../base/rng.ts";
import type { LaneBatch } from "./laneBatches.ts";
import type { PredictionStream } from "./predictionStream.ts";

/**
 * Training windows of any length, without end: in every pass the stream is a ring, cut at a new place and dealt to B lanes, which read on from window
 * to window. The last window of a pass is shorter where its length does not come out even; every prediction but fewer than B is made once.
 */
export class RingLanes {
  public readonly laneCount: number;
  /** Predictions of a lane in one pass. */
  public readonly laneTokens: number;
  readonly #stream: PredictionStream;
  readonly #seed: number;
  #epoch = 0;
  #read = 0;
  #cut: number;

  /** @param laneCount B; at most as many as there are predictions */
  public constructor(
    stream: PredictionStream,
    { laneCount, seed }: { readonly laneCount: number; readonly seed: number },
  ) {
    if (!Number.isInteger(laneCount) || laneCount < 1 || laneCount > stream.count) {
      throw new RangeError(`Expected \`laneCount\` to be from 1 to ${stream.count}, got ${laneCount}`);
    }
    this.laneCount = laneCount;
    this.laneTokens = Math.floor(stream.count / laneCount);
    this.#stream = stream;
    this.#seed = seed;
    this.#cut = this.#drawCut();
  }

  /** Passes that are over, the one under way as its share. */
  public get passes(): number {
    return this.#epoch + this.#read / this.laneTokens;
  }

  /** Whether the next window is the first of a pass. */
  public get isAtStart(): boolean {
    return this.#read === 0;
  }

  /** The next window, of `windowTokens` or what is left of the pass; the caller owns it. */
  public next(windowTokens: number): LaneBatch {
    const length = Math.min(windowTokens, this.laneTokens - this.#read);
    const places = Array.from({ length: this.laneCount }, (_, lane) => ({
      first: this.#cut + lane * this.laneTokens + this.#read,
      countsFrom: 0,
      isCleared: this.#read === 0,
    }));
    const batch = this.#stream.window(places, { windowTokens: length, isRing: true });
    this.#read += length;
    if (this.#read === this.laneTokens) {
      this.#epoch++;
      this.#read = 0;
      this.#cut = this.#drawCut();
    }
    return batch;
  }

  #drawCut(): number {
    return createRng(this.#seed ^ Math.imul(this.#epoch + 1, 0x85ebca6b)).nextInt(this.#stream.count);
  }
}
