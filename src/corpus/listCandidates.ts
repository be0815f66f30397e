import type { DirectoryEntry, FileReader } from "../base/ports.ts";
import type { CorpusSettings, ExclusionReason, UnsavedDocument, WorkspaceFolder } from "./corpus.ts";
import { DEFAULT_EXCLUDED_NAMES, TOOL_FOLDER_MARKERS } from "./defaultExcludes.ts";
import type { GitignoreRules } from "./gitignoreRules.ts";
import type { PathMatcher } from "./globs.ts";
import { compileGlobs, compileIncludeGlobs } from "./globs.ts";
import type { CaseRule, PlatformPaths } from "./platformPaths.ts";
import { readRepositoryRules, rulesOfFolder } from "./repositoryRules.ts";

/** A file that no rule leaves out, not looked into yet. */
export interface Candidate {
  /** Absolute. */
  readonly path: string;
  /** Workspace folder's name and path inside it, joined with `/`. */
  readonly documentPath: string;
  /** What a link leads to, for rules that go by name; else `path`. */
  readonly realPath: string;
  /** Text of an open editor, which wins over the file. */
  readonly unsavedText: string | undefined;
}

export interface ListOptions extends CaseRule {
  readonly folders: readonly WorkspaceFolder[];
  readonly unsaved: readonly UnsavedDocument[];
  readonly settings: CorpusSettings;
  readonly reader: FileReader;
  readonly paths: PlatformPaths;
  readonly globalIgnoreFile: string | undefined;
  readonly signal: AbortSignal;
  /** Called for each directory with the number of files found so far. */
  readonly onDidList: (fileCount: number) => void;
  /** Called for each file or folder that is left out. */
  readonly onDidExclude: (reason: ExclusionReason) => void;
}

/**
 * The files of all folders that no rule leaves out; stops early when `signal` is aborted.
 *
 * Links: a link that leads into a workspace folder is passed over, for its target is met on its own or left out for a
 * reason. A link out of the workspace is followed, each target once, unless the target holds one of the folders.
 */
export async function listCandidates(options: ListOptions): Promise<readonly Candidate[]> {
  const walk = new CandidateWalk(options);
  return walk.run();
}

/** A directory on the way, with what holds in it. */
interface Visit {
  readonly folder: WorkspaceFolder;
  readonly path: string;
  /** Path inside the folder, joined with `/`; empty at the top. */
  readonly relativePath: string;
  readonly rules: GitignoreRules;
}

const MAX_IGNORE_FILE_BYTES = 1_000_000;

class CandidateWalk {
  readonly #options: ListOptions;
  readonly #isExcluded: PathMatcher;
  readonly #isIncluded: PathMatcher;
  readonly #defaultExcluded: ReadonlySet<string>;
  readonly #candidates: Candidate[] = [];
  /** Real paths of the trees that are walked: the folders, then targets of links. */
  readonly #roots: string[] = [];
  readonly #linkedFiles = new Set<string>();
  readonly #unsavedTexts: ReadonlyMap<string, string>;

  public constructor(options: ListOptions) {
    const { settings, paths, unsaved } = options;
    this.#options = options;
    this.#unsavedTexts = new Map(unsaved.map(({ path, text }) => [paths.key(path), text]));
    this.#isExcluded = compileGlobs(settings.exclude, options);
    this.#isIncluded = settings.include.length === 0 ? () => true : compileIncludeGlobs(settings.include, options);
    this.#defaultExcluded = new Set(DEFAULT_EXCLUDED_NAMES.map((name) => paths.nameKey(name)));
  }

  public async run(): Promise<readonly Candidate[]> {
    const { folders, paths, reader, onDidExclude } = this.#options;
    const tops: { folder: WorkspaceFolder; path: string }[] = [];
    for (const folder of folders) {
      const real = await reader.realPath(paths.normalize(folder.path)).catch(() => undefined);
      if (real === undefined) {
        onDidExclude("unreadable");
      } else if (!this.#roots.some((root) => paths.relative(root, real) === "")) {
        this.#roots.push(real);
        tops.push({ folder, path: paths.normalize(folder.path) });
      }
    }
    for (const { folder, path } of tops) {
      const rules = await rulesOfFolder(path, this.#options);
      await this.#visit({ folder, path, relativePath: "", rules });
    }
    return this.#candidates;
  }

  async #visit(visit: Visit): Promise<void> {
    const { signal, onDidExclude, onDidList } = this.#options;
    if (signal.aborted) {
      return;
    }
    const listed = await this.#list(visit.path);
    const isTop = visit.relativePath === "";
    if (!isTop && listed.some((entry) => TOOL_FOLDER_MARKERS.includes(entry.name))) {
      onDidExclude("ignored");
      return;
    }
    const rules = await this.#rulesHere(visit, listed);
    const entries = this.#withUnsaved(visit, listed);
    for (const entry of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      await this.#meet({ ...visit, rules }, entry);
    }
    onDidList(this.#candidates.length);
  }

  async #list(path: string): Promise<readonly DirectoryEntry[]> {
    const { reader, onDidExclude } = this.#options;
    try {
      return await reader.listDirectory(path);
    } catch {
      // A folder of which only unsaved editors know is no loss; one that cannot be read is, and is counted.
      if ((await reader.stat(path).catch(() => null)) !== undefined) {
        onDidExclude("unreadable");
      }
      return [];
    }
  }

  /** The rules of the way down, with those of the directory itself; a repository inside another knows only its own. */
  async #rulesHere(visit: Visit, entries: readonly DirectoryEntry[]): Promise<GitignoreRules> {
    const { settings, reader } = this.#options;
    if (!settings.isGitignoreHonoured) {
      return visit.rules;
    }
    const isRepository = visit.relativePath !== "" && entries.some((entry) => entry.name === ".git");
    const rules = isRepository ? await readRepositoryRules(visit.path, this.#options) : visit.rules;
    // Git does not follow a link of this name either.
    if (!entries.some((entry) => entry.name === ".gitignore" && entry.kind === "file")) {
      return rules;
    }
    const bytes = await reader.readFile(reader.join(visit.path, ".gitignore"), MAX_IGNORE_FILE_BYTES).catch(() => null);
    return bytes === null ? rules : rules.withFile(new TextDecoder().decode(bytes));
  }

  /** The entries on the disk and those that only unsaved editors know, files and the folders they would lie in. */
  #withUnsaved(visit: Visit, listed: readonly DirectoryEntry[]): readonly DirectoryEntry[] {
    const { unsaved, paths } = this.#options;
    const known = new Set(listed.map((entry) => paths.nameKey(entry.name)));
    const added: DirectoryEntry[] = [];
    for (const document of unsaved) {
      const below = paths.relative(visit.path, document.path);
      const [name = "", ...rest] = (below ?? "").split("/");
      if (name !== "" && !known.has(paths.nameKey(name))) {
        known.add(paths.nameKey(name));
        added.push({ name, kind: rest.length === 0 ? "file" : "directory" });
      }
    }
    return [...listed, ...added];
  }

  async #meet(visit: Visit, entry: DirectoryEntry): Promise<void> {
    const { signal, reader, onDidExclude } = this.#options;
    if (signal.aborted) {
      return;
    }
    const path = reader.join(visit.path, entry.name);
    const relativePath = visit.relativePath === "" ? entry.name : `${visit.relativePath}/${entry.name}`;
    if (this.#isLeftOut(visit, entry, relativePath)) {
      onDidExclude("ignored");
    } else if (entry.kind === "symbolicLink") {
      await this.#follow(visit, path, relativePath);
    } else if (entry.kind === "directory") {
      await this.#enter(visit, path, relativePath);
    } else if (entry.kind === "file") {
      this.#take(visit.folder, relativePath, { path, realPath: path });
    } else {
      onDidExclude("unreadable");
    }
  }

  #isLeftOut(visit: Visit, entry: DirectoryEntry, relativePath: string): boolean {
    return (
      this.#defaultExcluded.has(this.#options.paths.nameKey(entry.name)) ||
      this.#isExcluded(relativePath) ||
      (this.#options.settings.isGitignoreHonoured && visit.rules.isIgnored(entry.name, entry.kind))
    );
  }

  async #enter(visit: Visit, path: string, relativePath: string): Promise<void> {
    const { paths, reader } = this.#options;
    // A workspace folder inside another one is walked under its own name.
    const real = this.#options.folders.length > 1 ? await reader.realPath(path).catch(() => undefined) : undefined;
    if (real !== undefined && this.#roots.some((root) => paths.relative(root, real) === "")) {
      return;
    }
    await this.#visit({ ...visit, path, relativePath, rules: visit.rules.enter(paths.name(path)) });
  }

  async #follow(visit: Visit, path: string, relativePath: string): Promise<void> {
    const { paths, reader, onDidExclude } = this.#options;
    const target = await reader.realPath(path).catch(() => undefined);
    const stat = target === undefined ? undefined : await reader.stat(target).catch(() => undefined);
    if (target === undefined || stat === undefined || (stat.kind !== "file" && stat.kind !== "directory")) {
      onDidExclude("unreadable");
      return;
    }
    const isKnown = this.#roots.some((root) => paths.relative(root, target) !== undefined);
    const holdsRoot = this.#roots.some((root) => paths.relative(target, root) !== undefined);
    if (isKnown || holdsRoot || this.#linkedFiles.has(target)) {
      return;
    }
    if (this.#defaultExcluded.has(paths.nameKey(paths.name(target)))) {
      onDidExclude("ignored");
    } else if (stat.kind === "file") {
      this.#linkedFiles.add(target);
      this.#take(visit.folder, relativePath, { path, realPath: target });
    } else {
      this.#roots.push(target);
      await this.#visit({ ...visit, path, relativePath, rules: visit.rules.enter(paths.name(path)) });
    }
  }

  #take(folder: WorkspaceFolder, relativePath: string, { path, realPath }: Pick<Candidate, "path" | "realPath">): void {
    const { paths, onDidExclude } = this.#options;
    if (!this.#isIncluded(relativePath)) {
      onDidExclude("ignored");
      return;
    }
    const unsavedText = this.#unsavedTexts.get(paths.key(path)) ?? this.#unsavedTexts.get(paths.key(realPath));
    const documentPath = `${folder.name}/${relativePath}`;
    this.#candidates.push({ path, documentPath, realPath, unsavedText });
  }
}
