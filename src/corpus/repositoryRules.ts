import type { FileReader } from "../base/ports.ts";
import type { CorpusSettings } from "./corpus.ts";
import { GitignoreRules } from "./gitignoreRules.ts";
import type { CaseRule, PlatformPaths } from "./platformPaths.ts";

export interface RepositoryOptions extends CaseRule {
  readonly settings: Pick<CorpusSettings, "isGitignoreHonoured">;
  readonly reader: FileReader;
  readonly paths: PlatformPaths;
  /** The user's own ignore file for all repositories. */
  readonly globalIgnoreFile: string | undefined;
}

/**
 * The rules that hold in a workspace folder before its own `.gitignore` is read: the user's, the repository's, and those
 * of the directories from the repository's top down to the folder. A folder that is itself ignored from above (a project
 * below a home directory that ignores everything, an opened `dist`) was opened on purpose: nothing above counts then.
 */
export async function rulesOfFolder(folderPath: string, options: RepositoryOptions): Promise<GitignoreRules> {
  const { settings, paths, reader } = options;
  if (!settings.isGitignoreHonoured) {
    return GitignoreRules.none(options);
  }
  const above = await directoriesFromRepository(folderPath, options);
  let rules = await readRepositoryRules(above[0] ?? folderPath, options);
  const wayDown = [...above.slice(1), folderPath];
  for (const [level, directory] of above.entries()) {
    const text = await readText(reader, reader.join(directory, ".gitignore"));
    rules = (text === undefined ? rules : rules.withFile(text)).enter(paths.name(wayDown[level] ?? folderPath));
  }
  return rules.isInsideIgnored() ? GitignoreRules.none(options) : rules;
}

/** The rules at the top of a repository, or of a folder outside any, before its own `.gitignore` is read. */
export async function readRepositoryRules(topPath: string, options: RepositoryOptions): Promise<GitignoreRules> {
  const { reader, globalIgnoreFile } = options;
  let rules = GitignoreRules.none(options);
  const global = globalIgnoreFile === undefined ? undefined : await readText(reader, globalIgnoreFile);
  if (global !== undefined) {
    rules = rules.withFile(global);
  }
  const gitDirectory = await findGitDirectory(topPath, options);
  const own =
    gitDirectory === undefined ? undefined : await readText(reader, reader.join(gitDirectory, "info", "exclude"));
  return own === undefined ? rules : rules.withFile(own);
}

/** The directories above a folder, from the top of the repository it lies in; none where it lies in none or is the top. */
async function directoriesFromRepository(folderPath: string, options: RepositoryOptions): Promise<readonly string[]> {
  const { reader, paths } = options;
  const above: string[] = [];
  for (let path: string | undefined = folderPath; path !== undefined; path = paths.parent(path)) {
    if (path !== folderPath) {
      above.unshift(path);
    }
    if ((await reader.stat(reader.join(path, ".git")).catch(() => undefined)) !== undefined) {
      return above;
    }
  }
  return [];
}

/** Where a repository keeps what its work trees share; `.git` is a file in work trees and submodules. */
async function findGitDirectory(topPath: string, options: RepositoryOptions): Promise<string | undefined> {
  const { reader } = options;
  const dotGit = reader.join(topPath, ".git");
  const stat = await reader.stat(dotGit).catch(() => undefined);
  if (stat?.kind !== "file") {
    return stat === undefined ? undefined : dotGit;
  }
  const pointer = /^gitdir: (.+)$/m.exec((await readText(reader, dotGit)) ?? "")?.[1]?.trimEnd();
  if (pointer === undefined) {
    return undefined;
  }
  const gitDirectory = resolvePath(reader, topPath, pointer);
  const common = (await readText(reader, reader.join(gitDirectory, "commondir")))?.trim();
  return common === undefined ? gitDirectory : resolvePath(reader, gitDirectory, common);
}

function resolvePath(reader: FileReader, from: string, path: string): string {
  return /^(?:[/\\]|[A-Za-z]:)/.test(path) ? path : reader.join(from, path);
}

const MAX_RULE_FILE_BYTES = 1_000_000;

/** The text of a small file, or `undefined` where there is none that can be read. */
async function readText(reader: FileReader, path: string): Promise<string | undefined> {
  try {
    const stat = await reader.stat(path);
    return stat?.kind === "file"
      ? new TextDecoder().decode(await reader.readFile(path, MAX_RULE_FILE_BYTES))
      : undefined;
  } catch {
    return undefined;
  }
}
