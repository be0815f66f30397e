import { EvaluationBatches, type EvaluationOptions } from "../batches/evaluationBatches.ts";
import { cutDocuments, type Stretch, wholeDocuments } from "../batches/stretches.ts";
import type { TokenStream } from "../batches/tokenStream.ts";
import type { HeldOut, HeldOutSupply } from "../training/heldOut.ts";

/**
 * Read before a stretch that begins within a document, and not counted. An LSTM's state has forgotten by then that it began at
 * zero: on 106 kB of Shakespeare in characters, in stretches of 3,300, the figure was that of one long pass to five digits
 * (with 64 too; without any it was 0.001 bits higher).
 */
const RUN_UP_TOKENS = 256;
/** Shorter stretches would read more for context than they count. */
const MIN_STRETCH_TOKENS = 1024;
/** Documents are cut only where that saves a third of the time or more: uncut, the figure is that of `evaluate` exactly. */
const WORTHWHILE_SHARE = 2 / 3;

/** All documents of a stream as windows, none of them cut. */
export function heldOutWindows(stream: TokenStream, shape: EvaluationOptions): HeldOut {
  return toHeldOut(new EvaluationBatches(stream, shape));
}

/**
 * The documents of a stream as windows for as much work as there is time for. One long document would be one lane, which
 * costs as many steps as it has tokens, hundreds of times what full lanes cost; so long ones are cut where that pays.
 */
export function heldOutSupply(stream: TokenStream, shape: EvaluationOptions): HeldOutSupply {
  const { laneCount } = shape;
  const batchesOf = (stretches: readonly Stretch[]): EvaluationBatches =>
    new EvaluationBatches(stream, shape, stretches);
  const cut = (stride: number): EvaluationBatches => {
    const evenCount = Math.ceil(stream.predictedTokens / (laneCount * stride));
    const maxCount = Math.max(MIN_STRETCH_TOKENS, evenCount);
    const stretches = cutDocuments(stream, { maxCount, runUpTokens: RUN_UP_TOKENS });
    return batchesOf(stretches.filter((_, index) => index % stride === 0));
  };
  const whole = batchesOf(wholeDocuments(stream));
  const filled = cut(1);
  const all = filled.work < whole.work * WORTHWHILE_SHARE ? filled : whole;
  return {
    all: toHeldOut(all),
    within(maxWork) {
      const mostStride = stream.predictedTokens; // One stretch is left then.
      let picked = all;
      for (let stride = 1; picked.work > maxWork && stride < mostStride;) {
        stride = Math.min(Math.max(stride + 1, Math.floor((stride * picked.work) / maxWork)), mostStride);
        picked = cut(stride);
      }
      return toHeldOut(picked);
    },
  };
}

function toHeldOut(batches: EvaluationBatches): HeldOut {
  const { bytes, work, windowCount, predictedTokens } = batches;
  return { tokens: predictedTokens, bytes, work, windowCount, windows: () => batches.windows() };
}
