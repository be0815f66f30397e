import type { Dirent, Stats } from "node:fs";
import { mkdir, open, readdir, realpath, rename, rm, rmdir, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { LmError } from "../base/errors.ts";
import type { DirectoryEntry, FileClaim, FileKind, FileStat, FileStore } from "../base/ports.ts";
import { claimLock, isProcessAlive, type LockClaim } from "./processLock.ts";

/** Files of the machine this process runs on. */
export function createNodeFileStore(): FileStore {
  return {
    listDirectory,
    stat: statFile,
    realPath,
    readFile,
    join,
    makeDirectory,
    writeFileAtomically,
    removeFile,
    removeEmptyDirectory,
    claim,
  };
}

async function listDirectory(path: string): Promise<readonly DirectoryEntry[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function statFile(path: string): Promise<FileStat | undefined> {
  try {
    const stats = await stat(path);
    return { kind: kindOf(stats), sizeBytes: stats.size, modifiedEpochMs: Math.floor(stats.mtimeMs) };
  } catch (error) {
    throwUnlessMissing(path, error);
    return undefined;
  }
}

async function realPath(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    throwUnlessMissing(path, error);
    return undefined;
  }
}

async function readFile(path: string, maxBytes?: number): Promise<Uint8Array> {
  try {
    const file = await open(path, "r");
    try {
      if (maxBytes === undefined) {
        return await file.readFile();
      }
      const { size } = await file.stat();
      // Files of /proc and the like say that they are empty, so at least one byte is asked for.
      const buffer = new Uint8Array(Math.min(maxBytes, Math.max(size, 4096)));
      let filledBytes = 0;
      while (filledBytes < buffer.length) {
        const { bytesRead } = await file.read(buffer, filledBytes, buffer.length - filledBytes, filledBytes);
        if (bytesRead === 0) {
          break;
        }
        filledBytes += bytesRead;
      }
      return buffer.subarray(0, filledBytes);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await makeWithParents(path);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** As `mkdir` with `recursive`, which never returns where a parent exists and still takes no child, as in `/proc`. */
async function makeWithParents(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (await isDirectory(path)) {
      return;
    }
    const parent = dirname(path);
    if (errnoCode(error) !== "ENOENT" || parent === path || (await isDirectory(parent))) {
      throw error;
    }
    await makeWithParents(parent);
    await makeWithParents(path);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw unwritable(path, error);
  }
}

async function removeEmptyDirectory(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    if (!["ENOENT", "ENOTEMPTY", "EEXIST"].includes(errnoCode(error))) {
      throw unwritable(path, error);
    }
  }
}

async function claim(path: string): Promise<FileClaim> {
  let lock: LockClaim;
  try {
    lock = await claimLock(path);
  } catch (error) {
    throw unwritable(path, error);
  }
  if (lock.kind === "held") {
    const { pid, host } = lock.holder ?? {};
    const where = host === undefined || host === hostname() ? "" : ` on ${host}`;
    return { kind: "held", holder: pid === undefined ? "of a process just starting" : `process ${pid}${where}` };
  }
  const { renew, release } = lock;
  // A lock that cannot be touched or removed ends with this process; nothing is lost by it.
  return {
    kind: "claimed",
    renew: () => renew().catch(() => undefined),
    release: () => release().catch(() => undefined),
  };
}

async function writeFileAtomically(path: string, chunks: readonly Uint8Array[]): Promise<void> {
  try {
    // A link stays a link: what it leads to is replaced.
    const target = (await realPath(path)) ?? path;
    const directory = dirname(target);
    // Leftovers go first, because on a full disk they are what leaves no room.
    await removeAbandonedFiles(directory, basename(target));
    const temporary = join(directory, temporaryName(basename(target)));
    try {
      await writeAndFlush(temporary, chunks);
      await renamePatiently(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
    await flushDirectory(directory);
  } catch (error) {
    throw unwritable(path, error);
  }
}

async function writeAndFlush(path: string, chunks: readonly Uint8Array[]): Promise<void> {
  const file = await open(path, "wx");
  try {
    for (const chunk of chunks) {
      let writtenBytes = 0;
      while (writtenBytes < chunk.length) {
        writtenBytes += (await file.write(chunk, writtenBytes)).bytesWritten;
      }
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Windows refuses to replace a file that a virus scanner or another reader has open at that moment. */
async function renamePatiently(from: string, to: string): Promise<void> {
  const waitsMs = process.platform === "win32" ? [10, 20, 40, 80, 160, 320] : [];
  for (const waitMs of waitsMs) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      if (!["EPERM", "EACCES", "EBUSY"].includes(errnoCode(error))) {
        throw error;
      }
      await delay(waitMs);
    }
  }
  await rename(from, to);
}

/** Makes the rename itself survive a power cut. Windows and some network file systems cannot, and need not be asked. */
async function flushDirectory(path: string): Promise<void> {
  try {
    const directory = await open(path, "r");
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  } catch {
    // The file itself is complete and in its place: a failure here must not turn a written checkpoint into an error.
  }
}

const TEMPORARY_PATTERN = /^\.(.+)\.(\d+)-[0-9a-f]{12}\.tmp$/;

/** Leftovers younger than this stay: on a shared disk, their writer may live on another machine, under that number. */
const ABANDONED_AFTER_MS = 60_000;

function temporaryName(name: string): string {
  return `.${name}.${String(process.pid)}-${randomBytes(6).toString("hex")}.tmp`;
}

async function removeAbandonedFiles(directory: string, name: string): Promise<void> {
  for (const entry of await readdir(directory)) {
    const match = TEMPORARY_PATTERN.exec(entry);
    if (match?.[1] !== name || isProcessAlive(Number(match[2]))) {
      continue;
    }
    const path = join(directory, entry);
    const stats = await stat(path).catch(() => undefined);
    if (stats !== undefined && Date.now() - stats.mtimeMs > ABANDONED_AFTER_MS) {
      await rm(path, { force: true });
    }
  }
}

function kindOf(entry: Dirent | Stats): FileKind {
  if (entry.isFile()) {
    return "file";
  }
  if (entry.isDirectory()) {
    return "directory";
  }
  return entry.isSymbolicLink() ? "symbolicLink" : "other";
}

function errnoCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function throwUnlessMissing(path: string, error: unknown): void {
  if (!["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG"].includes(errnoCode(error))) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): LmError {
  const errno = errnoCode(error);
  return new LmError(
    "fileUnreadable",
    `Cannot read ${path}: ${reasonOf(errno, "the read failed")}. Name another file, or make this one readable.`,
    { facts: { path, errno }, cause: error },
  );
}

function unwritable(path: string, error: unknown): LmError {
  if (error instanceof LmError && error.code !== "fileUnreadable") {
    return error;
  }
  const errno = error instanceof LmError ? String(error.facts["errno"] ?? "") : errnoCode(error);
  const options = { facts: { path, errno }, cause: error };
  if (errno === "ENOSPC" || errno === "EDQUOT" || errno === "EFBIG") {
    const remedy = errno === "EFBIG" ? "raise the limit on the size of files" : "free some disk space";
    return new LmError("diskFull", `No room to write ${path}: ${remedy} and try again.`, options);
  }
  return new LmError(
    "fileUnwritable",
    `Cannot write ${path}: ${reasonOf(errno, "the write failed", { ENOENT: "its folder does not exist" })}. Choose another folder or fix this one.`,
    options,
  );
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  EROFS: "the file system is read-only",
  ENOENT: "it does not exist",
  ENOTDIR: "a part of its path is a file",
  EISDIR: "a folder has that name",
  EEXIST: "a file has that name",
};

/** What an error of the system means, in words. */
function reasonOf(errno: string, unknown: string, others: Readonly<Record<string, string>> = {}): string {
  return others[errno] ?? REASONS[errno] ?? (errno === "" ? unknown : errno);
}
