import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Absolute path of a bundle; fails where it was not built. */
export function bundle(name: string): string {
  const path = join(process.env["INKLING_TEST_DIST"] ?? join(ROOT, "dist"), name);
  if (!existsSync(path)) {
    throw new Error(`${path} is missing: run \`npm run build\` first`);
  }
  return path;
}
