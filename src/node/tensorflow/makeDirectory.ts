import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Creates a directory and its parents; an existing one is left as it is. Unlike Node's own recursive `mkdir`, it gives the
 * system's reason on a read-only file system, and returns on one such as `/proc`, where Node 20 tries again for ever.
 */
export async function makeDirectory(path: string): Promise<void> {
  if ((await tryMake(path)) === "noParent") {
    await makeDirectory(dirname(path));
    await mkdir(path).catch((error: unknown) => {
      if (codeOf(error) !== "EEXIST") {
        throw error;
      }
    });
  }
}

async function tryMake(path: string): Promise<"made" | "noParent"> {
  try {
    await mkdir(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT" && dirname(path) !== path) {
      return "noParent";
    }
    if (codeOf(error) !== "EEXIST") {
      throw error;
    }
  }
  return "made";
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null)?.code;
}
