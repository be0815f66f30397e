import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** SHA-256 over the names and bytes of files and folders under a root; missing ones count as missing. */
export function contentHash(root, paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    addPath(hash, root, path);
  }
  return hash.digest("hex");
}

function addPath(hash, root, path) {
  const stat = statSync(join(root, path), { throwIfNoEntry: false });
  if (stat === undefined) {
    hash.update(`${path}\0missing\0`);
  } else if (stat.isDirectory()) {
    for (const name of readdirSync(join(root, path)).sort()) {
      addPath(hash, root, `${path}/${name}`);
    }
  } else {
    const bytes = readFileSync(join(root, path));
    hash.update(`${path}\0${bytes.length}\0`).update(bytes);
  }
}
