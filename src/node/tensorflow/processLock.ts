import { readFileSync } from "node:fs";
import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as wait } from "node:timers/promises";

export interface LockOptions {
  readonly path: string;
  readonly signal: AbortSignal;
  /** Called once with the holder's process id when the lock is not free. */
  readonly onWait?: (pid: number) => void;
  /** Milliseconds between looks at a lock that is held. */
  readonly recheckMs?: number;
}

interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, in the kernel's ticks: tells it from a later one with the same id. */
  readonly startedAt: string | null;
}

/** A lock file older than this without a readable holder was left by a process that died while writing it. */
const unreadableAfterMs = 10_000;

/** Whether a process of another machine lives cannot be seen; no set-up takes as long as this. */
const foreignAfterMs = 3_600_000;

/**
 * Runs `work` while no other process runs its own under the same path. A lock whose holder is dead is taken over. It only
 * saves double work: what happens under it must be safe without it, because two processes that find a dead holder at the
 * same moment may both go on.
 */
export async function withProcessLock<T>(options: LockOptions, work: () => Promise<T>): Promise<T> {
  await acquire(options);
  try {
    return await work();
  } finally {
    await rm(options.path, { force: true });
  }
}

/** Whether a process of this machine is alive. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function acquire(options: LockOptions): Promise<void> {
  const { path, signal, onWait, recheckMs = 500 } = options;
  const own: LockHolder = { pid: process.pid, host: hostname(), startedAt: startOf(process.pid) };
  let isTold = false;
  while (!(await tryCreate(path, own))) {
    signal.throwIfAborted();
    const holder = await readHolder(path);
    if (holder !== null && (await isAbandoned(path, holder))) {
      await takeAway(path);
      continue;
    }
    if (holder !== null && !isTold) {
      isTold = true;
      onWait?.(holder.pid);
    }
    // A killed holder leaves no event to wait for, so the lock is looked at again and again.
    await wait(recheckMs, undefined, { signal });
  }
}

async function tryCreate(path: string, holder: LockHolder): Promise<boolean> {
  try {
    const file = await open(path, "wx");
    try {
      await file.writeFile(JSON.stringify(holder));
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") {
      return false;
    }
    throw error;
  }
}

/** The holder that the lock names; `null` while it is being written or has just gone. */
async function readHolder(path: string): Promise<LockHolder | null> {
  try {
    const value = JSON.parse(await readFile(path, "utf8")) as Partial<LockHolder>;
    if (typeof value.pid === "number" && typeof value.host === "string") {
      return { pid: value.pid, host: value.host, startedAt: value.startedAt ?? null };
    }
  } catch {
    // Empty or half written: its age decides.
  }
  if ((await ageOf(path)) > unreadableAfterMs) {
    await takeAway(path);
  }
  return null;
}

async function isAbandoned(path: string, holder: LockHolder): Promise<boolean> {
  return holder.host === hostname() ? isDead(holder) : (await ageOf(path)) > foreignAfterMs;
}

/** Milliseconds since a file was written; 0 where it has gone. */
async function ageOf(path: string): Promise<number> {
  try {
    return Date.now() - (await stat(path)).mtimeMs;
  } catch {
    return 0;
  }
}

function isDead(holder: LockHolder): boolean {
  if (!isProcessAlive(holder.pid)) {
    return true;
  }
  const startedAt = startOf(holder.pid);
  return startedAt !== null && holder.startedAt !== null && startedAt !== holder.startedAt;
}

async function takeAway(path: string): Promise<void> {
  const aside = `${path}.stale.${String(process.pid)}`;
  try {
    // Of several that find the same dead holder, one rename succeeds.
    await rename(path, aside);
    await rm(aside, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
      throw error;
    }
  }
}

function startOf(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
    // The name in parentheses may hold spaces; the start time is the 22nd field, the 20th after it.
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}
