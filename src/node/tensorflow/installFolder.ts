import { mkdir, readdir, rename, rm, stat, statfs, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { LmError } from "../../base/errors.ts";
import { makeDirectory } from "./makeDirectory.ts";
import { withProcessLock, isProcessAlive } from "../processLock.ts";
import { cacheError, type SetUpContext } from "./setupContext.ts";

export interface FolderPlan {
  /** The folder that is to be there afterwards, whole. */
  readonly directory: string;
  /** Disk space that filling it takes at most, downloads included. */
  readonly requiredBytes: number;
  /** Whether what is there may stay; default: it may if set-up finished it. */
  readonly isGood?: (directory: string) => Promise<boolean>;
}

/** Tells a folder that was filled to its end. */
const completionName = ".complete";

/**
 * Makes a folder appear at once and whole, or not at all: `fill` works in a staging folder beside it, which is renamed at the
 * end. Of several processes one fills and the others wait for it. Left-overs of processes that died are removed.
 * @returns whether it was filled now
 * @throws LmError `diskFull`, `cacheUnwritable`, and what `fill` throws
 */
export async function installFolder(
  plan: FolderPlan,
  context: SetUpContext,
  fill: (staging: string) => Promise<void>,
): Promise<boolean> {
  const { directory, isGood = isComplete } = plan;
  if (await isGood(directory)) {
    return false;
  }
  const parent = dirname(directory);
  try {
    await makeDirectory(parent);
    const lock = `${directory}.lock`;
    const onWait = (pid: number): void => {
      context.onProgress({ phase: "waiting", message: `Waiting for another set-up (process ${String(pid)})` });
    };
    return await withProcessLock({ path: lock, signal: context.signal, onWait }, async () => {
      if (await isGood(directory)) {
        return false;
      }
      await removeLeftovers(directory);
      await requireSpace(parent, plan.requiredBytes);
      await fillAndRename(directory, fill);
      return true;
    });
  } catch (error) {
    throw error instanceof LmError || context.signal.aborted ? error : cacheError(error, parent);
  }
}

/** Takes a folder away so that no process finds half of it; one that uses its files keeps them until it ends. */
export async function discardFolder(directory: string): Promise<void> {
  const aside = `${directory}.discarded.${String(process.pid)}`;
  try {
    await rename(directory, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return;
    }
    throw cacheError(error, directory);
  }
  await rm(aside, { recursive: true, force: true });
}

async function isComplete(directory: string): Promise<boolean> {
  return stat(join(directory, completionName)).then(
    () => true,
    () => false,
  );
}

async function fillAndRename(directory: string, fill: (staging: string) => Promise<void>): Promise<void> {
  const staging = `${directory}.staging.${String(process.pid)}`;
  try {
    await mkdir(staging);
    await fill(staging);
    await writeFile(join(staging, completionName), "");
    await discardFolder(directory);
    await rename(staging, directory);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw error;
  }
}

async function removeLeftovers(directory: string): Promise<void> {
  const prefix = `${basename(directory)}.`;
  for (const name of await readdir(dirname(directory))) {
    const pid = name.startsWith(prefix)
      ? /^(?:staging|discarded)\.(\d+)$/.exec(name.slice(prefix.length))?.[1]
      : undefined;
    if (pid !== undefined && (Number(pid) === process.pid || !isProcessAlive(Number(pid)))) {
      await rm(join(dirname(directory), name), { recursive: true, force: true });
    }
  }
}

async function requireSpace(directory: string, requiredBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const freeBytes = bavail * bsize;
  if (freeBytes < requiredBytes) {
    throw new LmError(
      "diskFull",
      `Setting up takes ${gigabytes(requiredBytes)} of disk space, and ${directory} has ${gigabytes(freeBytes)} left. ` +
        "Free some space, or point INKLING_CACHE at a folder on another disk, and set up again.",
      { facts: { directory, requiredBytes, freeBytes } },
    );
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
