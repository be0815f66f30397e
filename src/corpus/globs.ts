import picomatch from "picomatch/posix";
import type { CaseRule } from "./platformPaths.ts";

/** Says whether a path inside a workspace folder, joined with `/`, or a folder above it, is meant. */
export type PathMatcher = (path: string) => boolean;

/**
 * A matcher for globs as VS Code's `files.exclude` reads them: relative to the workspace folder, with `*`, `?`, `**`,
 * `{a,b}` and `[a-z]`, and nothing else special. Whoever asks about each folder on the way down need not ask about what
 * lies in an excluded one.
 */
export function compileGlobs(globs: readonly string[], { isCaseSensitive }: CaseRule): PathMatcher {
  const patterns = globs.map(trimGlob).filter((glob) => glob !== "");
  if (patterns.length === 0) {
    return () => false;
  }
  return picomatch(patterns, {
    dot: true,
    nocase: !isCaseSensitive,
    nonegate: true,
    noextglob: true,
  });
}

/**
 * A matcher for globs that choose what to take, as the "files to include" of VS Code's search view reads them: a glob
 * without a slash matches at any depth, and one that matches a folder takes all that is in it.
 */
export function compileIncludeGlobs(globs: readonly string[], caseRule: CaseRule): PathMatcher {
  const anyDepth = globs.map(globAtAnyDepth).filter((glob) => glob !== "");
  return compileGlobs(
    anyDepth.flatMap((glob) => [glob, `${glob}/**`]),
    caseRule,
  );
}

/** The glob as people mean it when they type `*.sql`: without a slash it matches at every depth. */
export function globAtAnyDepth(glob: string): string {
  const trimmed = trimGlob(glob);
  return trimmed === "" || glob.trim().startsWith("/") || trimmed.includes("/") ? trimmed : `**/${trimmed}`;
}

function trimGlob(glob: string): string {
  return glob
    .trim()
    .replace(/^(?:\.?\/)+/, "")
    .replace(/\/+$/, "");
}
