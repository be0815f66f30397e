import { LmError } from "../base/errors.ts";

/**
 * Float32 copies of every parameter while a model is trained: weights, gradient, an optimizer's two moments, the weights and moments that
 * an update makes, and the best weights so far.
 */
const COPIES = 8;

/** Throws `LmError("outOfMemory")` where a model of so many parameters cannot be trained in what is free: sooner than after minutes of building it, or of the system's. */
export function requireMemory(parameterCount: number, { freeBytes }: { readonly freeBytes: number }): void {
  const neededBytes = parameterCount * Float32Array.BYTES_PER_ELEMENT * COPIES;
  if (neededBytes <= freeBytes) {
    return;
  }
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  throw new LmError(
    "outOfMemory",
    `This model has ${parameterCount.toLocaleString("en-US")} parameters, which take ${gigabytes(neededBytes)} of memory to train; this machine has ${gigabytes(freeBytes)} for it. ` +
      "Choose a smaller hidden size, fewer layers or a smaller vocabulary.",
  );
}
