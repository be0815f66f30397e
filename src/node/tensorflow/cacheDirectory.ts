import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Environment } from "./runCommand.ts";

export interface CacheDirectoryOptions {
  readonly env?: Environment;
  readonly platform?: NodeJS.Platform;
  readonly home?: string;
}

/**
 * The directory of everything Inkling downloads or builds once for all checkouts and editors: `INKLING_CACHE` where that is
 * set, else the platform's place for caches. It need not exist.
 */
export function cacheDirectory(options: CacheDirectoryOptions = {}): string {
  const { env = process.env, platform = process.platform, home = homedir() } = options;
  const chosen = env["INKLING_CACHE"];
  if (chosen !== undefined && chosen !== "") {
    return resolve(chosen);
  }
  switch (platform) {
    case "darwin":
      return join(home, "Library", "Caches", "inkling");
    case "win32":
      return join(env["LOCALAPPDATA"] ?? join(home, "AppData", "Local"), "inkling", "cache");
    default: {
      const xdg = env["XDG_CACHE_HOME"];
      // The XDG specification has relative paths ignored.
      return join(xdg?.startsWith("/") === true ? xdg : join(home, ".cache"), "inkling");
    }
  }
}
