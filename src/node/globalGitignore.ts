import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { devNull, homedir } from "node:os";
import { isAbsolute, join } from "node:path";

export interface GlobalGitignoreOptions {
  /** The environment to look in. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
  /** The program to ask. */
  readonly gitCommand: string;
}

/**
 * The path of the ignore file that git applies to all repositories of this user, or `undefined` where there is none.
 * Git is asked where it is installed, because its settings include one another; else the user's own settings file is
 * read. No repository's settings are: an untrusted one must not point us anywhere.
 */
export async function findGlobalGitignore(options: Partial<GlobalGitignoreOptions> = {}): Promise<string | undefined> {
  const { environment, homeDirectory, gitCommand } = {
    environment: process.env,
    homeDirectory: homedir(),
    gitCommand: "git",
    ...options,
  };
  const settingsHome = environment["XDG_CONFIG_HOME"] || join(homeDirectory, ".config");
  const answer = await askGit(gitCommand, environment);
  const configured =
    answer.kind === "noGit"
      ? await readSetting([join(homeDirectory, ".gitconfig"), join(settingsHome, "git", "config")])
      : answer.path;
  const path = configured ?? join(settingsHome, "git", "ignore");
  const absolute = path.startsWith("~/") ? join(homeDirectory, path.slice(2)) : path;
  return isAbsolute(absolute) && (await isFile(absolute)) ? absolute : undefined;
}

/** A git that hangs, on a dead network home for instance, must not hold up a training run. */
const GIT_TIMEOUT_MS = 5_000;

type GitAnswer = { readonly kind: "answer"; readonly path: string | undefined } | { readonly kind: "noGit" };

function askGit(command: string, environment: GlobalGitignoreOptions["environment"]): Promise<GitAnswer> {
  return new Promise((resolve) => {
    execFile(
      command,
      // `--git-dir` that is none keeps the settings of a repository around the current directory out.
      [`--git-dir=${devNull}`, "config", "--type=path", "--get", "core.excludesFile"],
      { env: { ...environment }, timeout: GIT_TIMEOUT_MS, windowsHide: true },
      (error, output) => {
        // Status 1 says that the setting is not made; anything else, that this git cannot be asked.
        if (error !== null) {
          resolve(error.code === 1 ? { kind: "answer", path: undefined } : { kind: "noGit" });
        } else {
          const path = output.replace(/\r?\n$/, "");
          resolve({ kind: "answer", path: path === "" ? undefined : path });
        }
      },
    );
  });
}

/** The last `excludesFile` under `[core]`; the first file that has one wins, as with git. */
async function readSetting(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const text = await readFile(path, "utf8").catch(() => "");
    let isCore = false;
    let found: string | undefined;
    for (const line of text.split(/\r?\n/)) {
      const section = /^\s*\[\s*([^\]]*?)\s*\]/.exec(line);
      if (section !== null) {
        isCore = section[1]?.toLowerCase() === "core";
      }
      const setting = /^\s*excludesfile\s*=\s*"?([^"#;]*?)"?\s*(?:[#;].*)?$/i.exec(line);
      if (isCore && setting?.[1] !== undefined && setting[1] !== "") {
        found = setting[1];
      }
    }
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

async function isFile(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isFile() ?? false;
}
