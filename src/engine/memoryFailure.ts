import { LmError } from "../base/errors.ts";

/** How TensorFlow, the portable backend and Node say that memory is used up; of cuDNN's LSTM TensorFlow says only that it failed. */
const WORDS =
  /\bOOM\b|Failed to call (?:Then|Do)Rnn(?:Forward|Backward)|out of memory|RESOURCE_EXHAUSTED|ResourceExhausted|Failed to allocate memory|Array buffer allocation failed|Invalid typed array length|bad_alloc/i;

/** Whether a backend failed for want of memory. */
export function isOutOfMemory(error: unknown): error is Error {
  return error instanceof Error && !(error instanceof LmError) && WORDS.test(error.message);
}

/** The error to tell: one that says what to do where memory ran out, else the error itself. */
export function explainMemory(error: unknown): unknown {
  if (!isOutOfMemory(error)) {
    return error;
  }
  return new LmError(
    "outOfMemory",
    "The memory was not enough for this model. Choose a smaller hidden size, fewer layers or a smaller vocabulary.",
    { cause: error },
  );
}
