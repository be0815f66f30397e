import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const stagingMark = ".staging-";

/**
 * Fills a folder of the cache once. The work is done in a staging folder beside it, which is renamed when it is
 * complete: an interrupted installation leaves nothing half-usable, and of two at once one wins and both succeed.
 * @param fill gets the staging folder
 * @returns whether anything had to be installed
 */
export async function installOnce(target, processes, fill) {
  if (existsSync(target)) {
    return false;
  }
  const parent = dirname(target);
  mkdirSync(parent, { recursive: true });
  removeAbandoned(parent, basename(target));
  const staging = join(parent, `${basename(target)}${stagingMark}${process.pid}-${randomBytes(4).toString("hex")}`);
  mkdirSync(staging);
  const remove = () => rmSync(staging, { recursive: true, force: true });
  const forget = processes.onEnd(remove);
  try {
    await fill(staging);
    try {
      renameSync(staging, target);
    } catch (error) {
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") {
        throw error;
      }
    }
    return true;
  } finally {
    forget();
    remove();
  }
}

/** Writes a file by way of another that is renamed. */
export function writeAtomically(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  const staging = `${path}${stagingMark}${process.pid}`;
  writeFileSync(staging, text);
  renameSync(staging, path);
}

/** Removes what processes that are gone left half done. */
function removeAbandoned(parent, name) {
  for (const entry of readdirSync(parent)) {
    if (entry.startsWith(`${name}${stagingMark}`)) {
      const pid = Number(entry.slice(name.length + stagingMark.length).split("-")[0]);
      if (!isAlive(pid)) {
        rmSync(join(parent, entry), { recursive: true, force: true });
      }
    }
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
