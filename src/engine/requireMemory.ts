import { LmError } from "../base/errors.ts";
import type { BackendDescription } from "../protocol/backendDescription.ts";

/**
 * Float32 copies of every parameter while a model is trained: weights, gradient, an optimizer's two moments, the weights and moments that
 * an update makes, and the best weights so far.
 */
const COPIES = 8;

/** WebAssembly's addresses have 32 bits. */
const PORTABLE_BYTES = 2 ** 32;

/** Bytes that training so many parameters takes. */
export function trainingBytes(parameterCount: number): number {
  return parameterCount * Float32Array.BYTES_PER_ELEMENT * COPIES;
}

/**
 * Throws `LmError("outOfMemory")` where a model of so many parameters cannot be trained in what is free: sooner than after minutes of building it, or of the system's. A GPU
 * has memory of its own, which says itself when it is used up.
 */
export function requireMemory(
  parameterCount: number,
  { freeBytes, backend }: { readonly freeBytes: number; readonly backend: BackendDescription },
): void {
  const neededBytes = trainingBytes(parameterCount);
  const roomBytes = backend.backend === "portable" ? Math.min(freeBytes, PORTABLE_BYTES) : freeBytes;
  if (neededBytes <= roomBytes || backend.device === "gpu") {
    return;
  }
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  throw new LmError(
    "outOfMemory",
    `This model has ${parameterCount.toLocaleString("en-US")} parameters, which take ${gigabytes(neededBytes)} of memory to train; there is room for ${gigabytes(roomBytes)} here. ` +
      "Choose a smaller hidden size, fewer layers or a smaller vocabulary.",
  );
}
