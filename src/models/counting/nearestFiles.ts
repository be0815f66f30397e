import type { Passage } from "./passage.ts";

/** A file that is counted. */
export interface NearFile {
  /** From the same root as those of the others, with slashes of either kind. */
  readonly path: string;
  readonly tokenCount: number;
  /** Greater for what is newer. */
  readonly newness: number;
  readonly passages: () => readonly Passage[];
}

/** Files looked at between two yields. */
const SLICE_FILES = 512;
/** More folders than this on the way are not told apart. */
const MOST_STEPS = 1000;

/**
 * The files nearest to one, less itself: of its folder first, then of those below and of the one above, and so on up to the root; of those equally near
 * the ones of its own kind by extension first, and the latest first. Yields between small pieces of work.
 * @param maxTokens of all of them together; what does not fit any more is passed over
 */
export function* nearestFiles(
  path: string,
  files: Iterable<NearFile>,
  maxTokens: number,
): Generator<void, readonly NearFile[]> {
  const byDistance = new Map<number, NearFile[]>();
  let seen = 0;
  for (const file of files) {
    if (++seen % SLICE_FILES === 0) {
      yield;
    }
    if (file.path !== path && file.tokenCount <= maxTokens) {
      const distance = distanceOf(path, file.path);
      const equals = byDistance.get(distance);
      if (equals === undefined) {
        byDistance.set(distance, [file]);
      } else {
        equals.push(file);
      }
    }
  }
  const nearest: NearFile[] = [];
  let tokens = 0;
  for (const distance of [...byDistance.keys()].sort((a, b) => a - b)) {
    const equals = byDistance.get(distance) ?? [];
    for (const file of equals.sort((left, right) => right.newness - left.newness)) {
      if (tokens + file.tokenCount <= maxTokens) {
        tokens += file.tokenCount;
        nearest.push(file);
      }
    }
  }
  return nearest;
}

/** Folders to go up count most, then those to go down, then another extension. */
function distanceOf(from: string, to: string): number {
  let shared = 0;
  for (let index = 0; index < from.length && from.charCodeAt(index) === to.charCodeAt(index); index++) {
    shared = isSlash(from.charCodeAt(index)) ? index + 1 : shared;
  }
  const up = slashesFrom(from, shared);
  const down = Math.min(MOST_STEPS - 1, slashesFrom(to, shared));
  return (up * MOST_STEPS + down) * 2 + (extensionOf(from) === extensionOf(to) ? 0 : 1);
}

function slashesFrom(path: string, start: number): number {
  let count = 0;
  for (let index = start; index < path.length; index++) {
    count += isSlash(path.charCodeAt(index)) ? 1 : 0;
  }
  return count;
}

function isSlash(code: number): boolean {
  return code === 0x2f || code === 0x5c;
}

function extensionOf(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}
