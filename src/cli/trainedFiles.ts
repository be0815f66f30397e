import { sep } from "node:path";
import type { FileReader } from "../base/ports.ts";
import { readableCount } from "../base/readableNumbers.ts";
import type { CommandContext } from "./commandContext.ts";

/** Files to score that a model was trained on, by their places or by their text. */
export class TrainedFiles {
  readonly #terminal: CommandContext["terminal"];
  /** Real paths. */
  readonly #paths: Set<string>;

  /** @param paths real paths of those that are known by their places */
  public constructor(paths: readonly string[], terminal: CommandContext["terminal"]) {
    this.#paths = new Set(paths);
    this.#terminal = terminal;
  }

  public get count(): number {
    return this.#paths.size;
  }

  /** Takes in real paths of files whose text was trained on, and warns of those that were not known yet. */
  public noteTexts(paths: readonly string[]): void {
    const added = paths.filter((path) => !this.#paths.has(path));
    added.forEach((path) => this.#paths.add(path));
    if (added.length > 0) {
      this.#terminal.note(describeTrained(added, "the text of "));
    }
  }
}

/** Warns of files that lie where a model was trained on files. */
export async function warnOfTrainedFiles(
  { paths, trainingPaths }: { readonly paths: readonly string[]; readonly trainingPaths: readonly string[] },
  { terminal, files }: Pick<CommandContext, "terminal" | "files">,
): Promise<TrainedFiles> {
  const trained = await findTrainedFiles(paths, trainingPaths, files);
  if (trained.length > 0) {
    terminal.note(describeTrained(trained, ""));
  }
  const real = await Promise.all(trained.map(async (path) => (await files.realPath(path)) ?? path));
  return new TrainedFiles(real, terminal);
}

/** Names shown in full; a folder that was trained on has hundreds. */
const SHOWN_NAMES = 5;

function describeTrained(trained: readonly string[], what: "" | "the text of "): string {
  const shown = trained.slice(0, SHOWN_NAMES).join(", ");
  const more = trained.length > SHOWN_NAMES ? ` and ${readableCount(trained.length - SHOWN_NAMES)} more` : "";
  const where = what === "" ? "" : ", which it knows by other names";
  return (
    `Warning: the model was trained on ${what}${readableCount(trained.length)} of these files${where}, so the figures flatter it; ` +
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
