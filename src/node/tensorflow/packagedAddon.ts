import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LmError } from "../../base/errors.ts";
import { findAddonOrigin } from "./addon.ts";
import { compileAddon } from "./compileAddon.ts";
import { createSetUpContext, type SetUpContextOptions } from "./setupContext.ts";
import { setUpTensorflow } from "./setUpTensorflow.ts";

/**
 * Builds the addon that goes into the VSIX: for every Linux x64 that TensorFlow itself runs on. Sets TensorFlow up first.
 * @param output path of the addon; replaced if it is there
 * @returns the version of TensorFlow it was built against, or why it cannot be built on this platform
 * @throws LmError as `setUpTensorflow` does
 */
export async function buildPackagedAddon(
  output: string,
  options: SetUpContextOptions = {},
): Promise<{ readonly version: string } | { readonly reasons: readonly string[] }> {
  const outcome = await setUpTensorflow({ ...options, gpu: "none" });
  if (outcome.kind !== "ready") {
    return { reasons: outcome.kind === "portable" ? outcome.reasons : ["cancelled"] };
  }
  const context = createSetUpContext(options);
  const origin = await findAddonOrigin(context.startDirectory);
  if (origin?.kind !== "source") {
    throw new LmError("commandFailed", "The addon's source is not installed: run npm install in the checkout first.");
  }
  const { sources, napiInclude } = origin;
  const temporary = `${output}.part`;
  await mkdir(dirname(output), { recursive: true });
  try {
    const tensorflow = join(outcome.tensorflow.path, "tensorflow");
    await compileAddon({ sources, napiInclude, tensorflow, output: temporary, isPortable: true }, context);
    await rename(temporary, output);
  } finally {
    await rm(temporary, { force: true });
  }
  return { version: outcome.tensorflow.version };
}
