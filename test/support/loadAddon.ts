import { createRequire } from "node:module";
import type { LoadedTensorflow } from "../../src/engine/tensorflowBackend.ts";
import { describeTensorflow, type UsableTensorflow } from "../../src/node/tensorflow/describeTensorflow.ts";

/** The TensorFlow that set-up prepared; tests of real TensorFlow fail without one, they do not skip. */
export async function requireTensorflow(): Promise<UsableTensorflow> {
  const { tensorflow, reasons } = await describeTensorflow();
  if (tensorflow === null) {
    throw new Error(`TensorFlow is not set up (${reasons.join(" ")}); run npm test, which does that first.`);
  }
  return tensorflow;
}

let loaded: Promise<LoadedTensorflow> | undefined;

/** TensorFlow in this process, which has one for all tests. */
export function loadTensorflowOnce(): Promise<LoadedTensorflow> {
  loaded ??= (async () => {
    restoreRemovedUtilities();
    const { loadTensorflow } = await import("../../src/engine/tensorflowBackend.ts");
    const { addonPath } = await requireTensorflow();
    return loadTensorflow(addonPath);
  })();
  return loaded;
}

/** tfjs-node calls two functions that Node 23 removed; the product's bundle replaces them at build time. */
export function restoreRemovedUtilities(): void {
  const util = createRequire(import.meta.url)("node:util") as Record<string, unknown>;
  util["isNullOrUndefined"] ??= (value: unknown) => value === null || value === undefined;
  util["isArray"] ??= Array.isArray;
}
