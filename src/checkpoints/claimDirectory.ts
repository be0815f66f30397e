import { LmError } from "../base/errors.ts";
import type { FileClaim, FileStore } from "../base/ports.ts";
import { LOCK_NAME } from "./checkpointFiles.ts";

/** A directory that is this thread's to write to. */
export type DirectoryClaim = Extract<FileClaim, { kind: "claimed" }>;

/** Keeps other trainings from a directory that is there: two into one would each throw away what the other has learnt. Throws `LmError` with `trainingBusy`. */
export async function claimDirectory(directory: string, files: FileStore): Promise<DirectoryClaim> {
  const path = files.join(directory, LOCK_NAME);
  const claim = await files.claim(path);
  if (claim.kind === "held") {
    throw new LmError(
      "trainingBusy",
      `Another training (${claim.holder}) writes to ${directory}: wait until it ends, stop it, or name another ` +
        `place for the model. If no training runs, remove ${path}.`,
      { facts: { directory, holder: claim.holder } },
    );
  }
  return claim;
}

/** Removes a directory that was made for a model which then did not come about; never rejects, because an empty one that stays does no harm. */
export async function removeUnused(directory: string, files: FileStore): Promise<void> {
  try {
    await files.removeEmptyDirectory(directory);
  } catch (error) {
    if (!(error instanceof LmError)) {
      throw error;
    }
  }
}
