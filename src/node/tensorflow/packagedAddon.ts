import { copyFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LmError } from "../../base/errors.ts";
import { findAddonOrigin } from "./addon.ts";
import { compileAddon } from "./compileAddon.ts";
import { makeDirectory } from "./makeDirectory.ts";
import { createSetUpContext, type SetUpContextOptions } from "./setupContext.ts";
import { setUpTensorflow } from "./setUpTensorflow.ts";

export interface PackagedAddonOptions extends SetUpContextOptions {
  /** Path of the addon; replaced if it is there. */
  readonly output: string;
  /** Whether it is for every Linux x64 that TensorFlow runs on (a minute), or for machines like this one. */
  readonly isPortable: boolean;
}

/**
 * Provides the addon that goes into the VSIX. Sets TensorFlow up first.
 * @returns the version of TensorFlow it was built against, or why this platform has none
 * @throws LmError as `setUpTensorflow` does
 */
export async function providePackagedAddon(
  options: PackagedAddonOptions,
): Promise<{ readonly version: string } | { readonly reasons: readonly string[] }> {
  const { output, isPortable } = options;
  const outcome = await setUpTensorflow({ ...options, gpu: "none" });
  if (outcome.kind !== "ready") {
    return { reasons: outcome.kind === "portable" ? outcome.reasons : ["cancelled"] };
  }
  const { path, addonPath, version } = outcome.tensorflow;
  await makeDirectory(dirname(output));
  if (!isPortable) {
    await copyFile(addonPath, output);
    return { version };
  }
  const context = createSetUpContext(options);
  const origin = await findAddonOrigin(context.startDirectory);
  if (origin?.kind !== "source") {
    throw new LmError("commandFailed", "The addon's source is not installed: run npm install in the checkout first.");
  }
  const { sources, napiInclude } = origin;
  await compileAddon({ sources, napiInclude, tensorflow: join(path, "tensorflow"), output, isPortable }, context);
  return { version };
}
