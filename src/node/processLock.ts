import { readFileSync } from "node:fs";
import { link, open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { threadId } from "node:worker_threads";

export interface LockOptions {
  readonly path: string;
  readonly signal: AbortSignal;
  /** Called once with the holder's process id when the lock is not free. */
  readonly onWait?: (pid: number) => void;
  /** Milliseconds between looks at a lock that is held. */
  readonly recheckMs?: number;
}

/** Who a lock belongs to. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, in the kernel's ticks: tells it from a later one with the same id. */
  readonly startedAt: string | null;
  /** The thread in it. */
  readonly threadId: number;
}

/** A lock that is this thread's until it is released, or who has it; null where that cannot be told yet. */
export type LockClaim =
  | {
      readonly kind: "claimed";
      /** Makes the lock young again for other machines, which go by its age. */
      readonly renew: () => Promise<void>;
      readonly release: () => Promise<void>;
    }
  | { readonly kind: "held"; readonly holder: LockHolder | null };

/** A lock file older than this without a readable holder was left by a process that died while writing it. */
const unreadableAfterMs = 10_000;

/** Whether a process of another machine lives cannot be seen; no set-up takes as long as this. */
const foreignAfterMs = 3_600_000;

/** How often a lock that is just being written or taken away is looked at before it counts as held, and how long between. */
const claimAttempts = 5;
const claimRecheckMs = 20;

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

/**
 * Takes the lock at `path`, or says at once who has it. A lock whose holder is dead is taken over, and so is one of another
 * thread of this process: of the threads of a process only the one that is still in charge asks.
 * @throws what creating a file throws, but for its being there
 */
export async function claimLock(path: string): Promise<LockClaim> {
  const own = describeSelf();
  let holder: LockHolder | null = null;
  for (let attempt = 0; attempt < claimAttempts; attempt++) {
    if (await tryCreate(path, own)) {
      return { kind: "claimed", renew: () => touch(path), release: () => releaseOwn(path, own) };
    }
    holder = await readHolder(path);
    if (holder !== null && (isOlderSelf(holder, own) || (await isAbandoned(path, holder)))) {
      await takeAway(path, holder);
    } else if (holder !== null) {
      break;
    } else {
      await wait(claimRecheckMs);
    }
  }
  return { kind: "held", holder };
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now);
}

function describeSelf(): LockHolder {
  return { pid: process.pid, host: hostname(), startedAt: startOf(process.pid), threadId };
}

function isOlderSelf(holder: LockHolder, own: LockHolder): boolean {
  return holder.pid === own.pid && holder.host === own.host && holder.threadId !== own.threadId;
}

/** Removes the lock unless somebody took it for abandoned meanwhile. */
async function releaseOwn(path: string, own: LockHolder): Promise<void> {
  const holder = await readHolder(path);
  if (holder === null || isSame(holder, own)) {
    await rm(path, { force: true });
  }
}

function isSame(a: LockHolder, b: LockHolder): boolean {
  return a.pid === b.pid && a.host === b.host && a.startedAt === b.startedAt && a.threadId === b.threadId;
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
  const own = describeSelf();
  let isTold = false;
  while (!(await tryCreate(path, own))) {
    signal.throwIfAborted();
    const holder = await readHolder(path);
    if (holder !== null && (await isAbandoned(path, holder))) {
      await takeAway(path, holder);
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
    } catch (error) {
      await rm(path, { force: true }); // An empty lock would look like one that is being written.
      throw error;
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
      const { pid, host, startedAt = null, threadId: thread = 0 } = value;
      return { pid, host, startedAt, threadId: thread };
    }
  } catch {
    // Empty or half written: its age decides.
  }
  if ((await ageOf(path)) > unreadableAfterMs) {
    await rm(path, { force: true });
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

/** Takes a dead holder's lock away. Of several that find the same one, one rename succeeds. */
async function takeAway(path: string, dead: LockHolder): Promise<void> {
  const aside = `${path}.stale.${String(process.pid)}`;
  try {
    await rename(path, aside);
    const taken = await readHolder(aside);
    if (taken !== null && !isSame(taken, dead)) {
      // Somebody was quicker, and this is the fresh lock: back with it, unless there is another already.
      await link(aside, path).catch(() => undefined);
    }
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
