import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LmError } from "../base/errors.ts";
import { findPython } from "../node/tensorflow/pip.ts";
import { type Environment, explainOutcome, isSuccess, type RunCommand } from "../node/tensorflow/runCommand.ts";
import { createSetUpContext } from "../node/tensorflow/setupContext.ts";
import type { CommandContext } from "./commandContext.ts";

/** A Python that has PyTorch. */
export interface TorchPython {
  readonly python: string;
  /** The whole environment that it is started with. */
  readonly environment: Environment;
}

/** A Python of the user's, which has PyTorch in our own environment. */
export function ownTorch(python: string): TorchPython {
  return { python, environment: createSetUpContext().env };
}

/**
 * PyTorch from the package index in a folder of the cache that is nobody else's, fetched the first time: it may be deleted at any time.
 * Throws `LmError` where there is no Python with pip, or pip cannot fetch it.
 */
export async function provideTorch(
  { cacheDirectory, signal, terminal }: Pick<CommandContext, "cacheDirectory" | "signal" | "terminal">,
  run?: RunCommand,
): Promise<TorchPython> {
  const directory = join(cacheDirectory, "torch");
  const packages = join(directory, "packages");
  const marker = join(directory, "complete");
  const context = createSetUpContext({ signal, ...(run === undefined ? {} : { run }) });
  const { command: python } = await findPython(context);
  const found = { python, environment: { ...context.env, PYTHONPATH: packages } };
  if (existsSync(marker)) {
    return found;
  }
  terminal.note(
    `Fetching PyTorch into ${directory}, once: some 5 GB. (--python names a Python that has it, --no-torch leaves it out.)`,
  );
  await rm(directory, { recursive: true, force: true });
  await mkdir(packages, { recursive: true });
  const flags = ["--no-input", "--disable-pip-version-check", "--only-binary=:all:"];
  const outcome = await context.run(python, ["-m", "pip", "install", ...flags, "--target", packages, "torch"], {
    signal,
  });
  if (signal.aborted) {
    throw new LmError(
      "cancelled",
      "Fetching PyTorch was cancelled; what was fetched of it is fetched again next time.",
    );
  }
  if (!isSuccess(outcome)) {
    await rm(directory, { recursive: true, force: true });
    throw new LmError(
      "badArgument",
      `pip could not fetch PyTorch: ${explainOutcome(outcome, 1)} Name a Python that has it with --python, or leave it out with --no-torch.`,
    );
  }
  await writeFile(marker, "");
  return found;
}
