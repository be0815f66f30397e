/**
 * Where a file would lie in the workspace of a model: behind the name of its root, wherever the workspace lies now.
 * @param path with slashes of either kind
 * @param known paths in the workspace, with slashes, the root's name first
 * @returns likewise; null for a path on which no root's name stands
 */
export function workspacePath(path: string, known: readonly string[]): string | null {
  const segments = path.split(/[\\/]/);
  const folders = new Set(known.flatMap(foldersOf));
  let best: string | null = null;
  let most = 0;
  for (let index = 0; index < segments.length - 1; index++) {
    const rest = segments.slice(index).join("/");
    const count = foldersOf(rest).filter((folder) => folders.has(folder)).length;
    // Of the same name twice on the way, the one is meant below which more folders are known.
    if (count > most) {
      most = count;
      best = rest;
    }
  }
  return best;
}

/** Of a/b/c.ts: a and a/b. */
function foldersOf(path: string): readonly string[] {
  const segments = path.split("/").slice(0, -1);
  return segments.map((_, index) => segments.slice(0, index + 1).join("/"));
}
