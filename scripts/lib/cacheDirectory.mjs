import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Folder of everything that is installed once for all checkouts; `INKLING_CACHE` moves it. */
export function cacheDirectory(environment = process.env, platform = process.platform) {
  if (environment.INKLING_CACHE) {
    return resolve(environment.INKLING_CACHE);
  }
  if (platform === "win32") {
    return join(environment.LOCALAPPDATA || join(homedir(), "AppData", "Local"), "inkling", "cache");
  }
  if (platform === "darwin") {
    return join(homedir(), "Library", "Caches", "inkling");
  }
  // The XDG specification has relative paths ignored.
  const xdg = environment.XDG_CACHE_HOME?.startsWith("/") ? environment.XDG_CACHE_HOME : join(homedir(), ".cache");
  return join(xdg, "inkling");
}
