import type { LaneBatch } from "./laneBatches.ts";
import type { TokenStream } from "./tokenStream.ts";
import { blankBatch } from "./windowWriter.ts";

/** Where every lane of a window begins. */
export interface LanePlace {
  /** Index of the first prediction; below 0 and from `count` on nothing is read and nothing counts. */
  readonly first: number;
  /** Predictions before this one are read for context and do not count. */
  readonly countsFrom: number;
  /** Whether the state is cleared before the first one. */
  readonly isCleared: boolean;
}

/**
 * A stream of tokens as its predictions, one after the other: what is read, what follows it, and whether a document begins there. Any
 * stretch of them can be a lane of a window.
 */
export class PredictionStream {
  /** Number of predictions. */
  public readonly count: number;
  /** UTF-8 bytes that all of them stand for. */
  public readonly bytes: number;
  /** int32 [count]: what follows each input */
  public readonly targets: Int32Array;
  readonly #inputs: Int32Array;
  readonly #resets: Uint8Array;

  public constructor({ tokens, documentStarts, documentCount, predictedTokens, bytes }: TokenStream) {
    this.count = predictedTokens;
    this.bytes = bytes;
    this.#inputs = new Int32Array(predictedTokens);
    this.targets = new Int32Array(predictedTokens);
    this.#resets = new Uint8Array(predictedTokens);
    let place = 0;
    for (let document = 0; document < documentCount; document++) {
      const start = documentStarts[document] as number;
      const end = documentStarts[document + 1] as number;
      this.#resets[place] = 1;
      this.#inputs.set(tokens.subarray(start, end - 1), place);
      this.targets.set(tokens.subarray(start + 1, end), place);
      place += end - start - 1;
    }
  }

  /** What the first prediction reads, START where the text has marks; it is given and never predicted. */
  public get firstInput(): number {
    return this.#inputs[0] as number;
  }

  /** A window of a lane for each place; predictions beyond the end come from the beginning where `isRing`, else there are none. */
  public window(
    places: readonly LanePlace[],
    { windowTokens: T, isRing }: { readonly windowTokens: number; readonly isRing: boolean },
  ): LaneBatch {
    const batch = blankBatch(places.length, T);
    for (const [lane, { first, countsFrom, isCleared }] of places.entries()) {
      for (let t = 0; t < T; t++) {
        const index = isRing ? (first + t) % this.count : first + t;
        if (index < 0 || index >= this.count) {
          continue;
        }
        const cell = lane * T + t;
        batch.inputs[cell] = this.#inputs[index] as number;
        batch.targets[cell] = this.targets[index] as number;
        batch.resets[cell] = this.#resets[index] as number;
        batch.weights[cell] = first + t >= countsFrom ? 1 : 0;
      }
      if (isCleared) {
        batch.resets[lane * T] = 1;
      }
    }
    return batch;
  }
}
