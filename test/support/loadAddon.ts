import { createRequire } from "node:module";
import { describeTensorflow, type UsableTensorflow } from "../../src/node/tensorflow/describeTensorflow.ts";

/** The TensorFlow that set-up prepared; tests of real TensorFlow fail without one, they do not skip. */
export async function requireTensorflow(): Promise<UsableTensorflow> {
  const { tensorflow, reasons } = await describeTensorflow();
  if (tensorflow === null) {
    throw new Error(`TensorFlow is not set up (${reasons.join(" ")}); run npm test, which does that first.`);
  }
  return tensorflow;
}

/** tfjs-node calls two functions that Node 23 removed; the product's bundle replaces them at build time. */
export function restoreRemovedUtilities(): void {
  const util = createRequire(import.meta.url)("node:util") as Record<string, unknown>;
  util["isNullOrUndefined"] ??= (value: unknown) => value === null || value === undefined;
  util["isArray"] ??= Array.isArray;
}
