import { sep } from "node:path";
import type { FileReader } from "../base/ports.ts";
import { readableCount } from "../base/readableNumbers.ts";
import type { CommandContext } from "./commandContext.ts";

/** Warns of files that a model was trained on; gives back how many there are. */
export async function warnOfTrainedFiles(
  { paths, trainingPaths }: { readonly paths: readonly string[]; readonly trainingPaths: readonly string[] },
  { terminal, files }: Pick<CommandContext, "terminal" | "files">,
): Promise<number> {
  const trained = await findTrainedFiles(paths, trainingPaths, files);
  if (trained.length > 0) {
    terminal.note(describeTrained(trained));
  }
  return trained.length;
}

/** Names shown in full; a folder that was trained on has hundreds. */
const SHOWN_NAMES = 5;

function describeTrained(trained: readonly string[]): string {
  const shown = trained.slice(0, SHOWN_NAMES).join(", ");
  const more = trained.length > SHOWN_NAMES ? ` and ${readableCount(trained.length - SHOWN_NAMES)} more` : "";
  return (
    `Warning: the model was trained on ${readableCount(trained.length)} of these files, so the figures flatter it; ` +
    `name files outside the training set: ${shown}${more}`
  );
}

/**
 * Which of the training documents the files and folders in `paths` hold, as paths on the disk.
 *
 * A training path begins with the name of the folder that was trained on, not with its place on the disk. So a file counts
 * as trained on when its path ends as a training path does, and a folder is asked for every path that would lie in it.
 * @param paths absolute
 * @param trainingPaths joined with `/`
 */
export async function findTrainedFiles(
  paths: readonly string[],
  trainingPaths: readonly string[],
  files: FileReader,
): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const path of paths) {
    const isFolder = (await files.stat(path))?.kind === "directory";
    for (const trained of trainingPaths) {
      if (!isFolder && endsWithPath(path, trained.split("/"))) {
        found.add(path);
      }
      const inside = isFolder ? await findInFolder(path, trained.split("/"), files) : undefined;
      if (inside !== undefined) {
        found.add(inside);
      }
    }
  }
  return [...found];
}

/** The file that `trained` names if `folder` is the folder trained on, one in it, or the one that holds it. */
async function findInFolder(
  folder: string,
  trained: readonly string[],
  files: FileReader,
): Promise<string | undefined> {
  for (let length = 0; length < trained.length; length++) {
    if (!endsWithPath(folder, trained.slice(0, length))) {
      continue;
    }
    const candidate = files.join(folder, ...trained.slice(length));
    if ((await files.stat(candidate))?.kind === "file") {
      return candidate;
    }
  }
  return undefined;
}

function endsWithPath(path: string, segments: readonly string[]): boolean {
  return segments.length === 0 || `${sep}${path}`.endsWith(`${sep}${segments.join(sep)}`);
}
