import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, open, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { devNull, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { collectCorpus } from "../../src/corpus/collectCorpus.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../../src/corpus/corpus.ts";
import { findGlobalGitignore } from "../../src/node/globalGitignore.ts";
import { createNodeFileStore } from "../../src/node/nodeFileStore.ts";

const GIT_ENVIRONMENT = {
  PATH: process.env["PATH"],
  GIT_CONFIG_GLOBAL: devNull,
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CEILING_DIRECTORIES: tmpdir(),
};

function git(directory: string, ...parameters: readonly string[]): string {
  return execFileSync("git", ["-C", directory, ...parameters], { encoding: "utf8", env: GIT_ENVIRONMENT });
}

function hasGit(): boolean {
  try {
    git(tmpdir(), "--version");
    return true;
  } catch {
    return false;
  }
}

async function write(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

async function collectPaths(folder: string, globalIgnoreFile?: string): Promise<readonly string[]> {
  const result = await collectCorpus({
    folders: [{ path: folder, name: "w" }],
    unsaved: [],
    settings: DEFAULT_CORPUS_SETTINGS,
    reader: createNodeFileStore(),
    signal: new AbortController().signal,
    globalIgnoreFile,
  });
  if (result.kind !== "corpus") {
    return [];
  }
  const paths = [...result.corpus.training, ...result.corpus.validation].map(({ path }) => path);
  return [...new Set(paths.map((path) => path.replace(/^w\//, "").replace(/#end$/, "")))].sort();
}

describe("the corpus on a real disk", () => {
  let root = "";

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "inkling-corpus-"));
  });

  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  describe("agrees with git on what is ignored", () => {
    before(function () {
      if (!hasGit()) {
        console.warn("      SKIPPED: git is not installed, so nothing can be compared with it");
        this.skip();
      }
    });

    const names = ["a", "b", "ab", "b.c", "c d", "[x]", "x", "#h", "!n", "a.b.c", "ü"];
    const name = fc.constantFrom(...names);
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const piece = fc.constantFrom(
      ...names,
      ...["*", "**", "?", "a*", "*.c", "[a-c]", "[!a]", "*b*", "\\[x\\]", "\\#h", "b.?", "***", "[[:alpha:]]"],
    );
    const pattern = fc
      .record({
        negation: fc.constantFrom("", "", "", "!"),
        lead: fc.constantFrom("", "", "/", "**/"),
        pieces: fc.array(piece, { minLength: 1, maxLength: 3 }),
        tail: fc.constantFrom("", "", "", "/", "/**", "/*", "  ", "\\ "),
      })
      .map(({ negation, lead, pieces, tail }) => `${negation}${lead}${pieces.join("/")}${tail}`);
    const rules = fc
      .array(fc.oneof({ weight: 9, arbitrary: pattern }, fc.constantFrom("", "# comment", "!", "/", " ", "\\")), {
        maxLength: 5,
      })
      .map((lines) => lines.join("\n"));
    const trees = fc.record({
      paths: fc.array(path, { minLength: 3, maxLength: 14 }),
      ignoreFiles: fc.array(fc.record({ directory: fc.option(path), rules }), { maxLength: 4 }),
      exclude: rules,
      global: rules,
    });

    it("for any tree, with nested ignore files, the repository's and the user's own", async () => {
      let treeCount = 0;
      await fc.assert(
        fc.asyncProperty(trees, async ({ paths, ignoreFiles, exclude, global }) => {
          const top = join(root, `t${String(treeCount++)}`);
          // A path that is another's directory cannot be a file.
          const files = paths.filter((file) => !paths.some((other) => other.startsWith(`${file}/`)));
          await write(top, Object.fromEntries(files.map((file) => [file, `${file} has a line\n`.repeat(9)])));
          for (const { directory, rules: text } of ignoreFiles) {
            const isFile = files.some((file) => directory === file || directory?.startsWith(`${file}/`));
            if (!isFile) {
              await write(top, { [join(directory ?? "", ".gitignore")]: text });
            }
          }
          git(root, "init", "--quiet", top);
          await write(root, { global });
          await write(top, { ".git/info/exclude": exclude });
          const globalPath = join(root, "global");
          const untracked = git(
            top,
            "-c",
            `core.excludesFile=${globalPath}`,
            "ls-files",
            "-o",
            "--exclude-standard",
            "-z",
          );
          const isOurs = (file: string): boolean => file !== "" && !file.endsWith(".gitignore");
          const expected = untracked.split("\0").filter(isOurs).sort();
          assert.deepEqual((await collectPaths(top, globalPath)).filter(isOurs), expected);
        }),
        { numRuns: 40 },
      );
    }).timeout(120_000);

    it("for a work tree, a submodule's folder and a folder inside a repository", async () => {
      const text = "a line of text, long enough to be a corpus\n".repeat(4);
      const top = join(root, "main");
      await write(top, { "a.txt": text, "a.log": text, "sub/b.txt": text, "sub/b.log": text, ".gitignore": "*.log\n" });
      git(root, "init", "--quiet", top);
      git(top, "add", ".");
      git(top, "-c", "user.name=n", "-c", "user.email=e", "commit", "--quiet", "-m", "m");
      git(top, "worktree", "add", "--quiet", join(root, "tree"));
      await write(top, { ".git/info/exclude": "*.tmp\n" });
      await write(join(root, "tree"), { "c.txt": text, "c.log": text, "c.tmp": text });
      assert.deepEqual(await collectPaths(join(root, "tree")), [".gitignore", "a.txt", "c.txt", "sub/b.txt"]);
      assert.deepEqual(await collectPaths(join(top, "sub")), ["b.txt"]);
    }).timeout(20_000);
  });

  it("follows no link in circles", async () => {
    const text = "a line of text, long enough to be a corpus\n".repeat(4);
    await write(root, { "w/a.txt": text, "out/b.txt": `${text}more\n` });
    await symlink(join(root, "w"), join(root, "w", "loop"));
    await symlink(root, join(root, "w", "up"));
    await symlink(join(root, "out"), join(root, "w", "out"));
    await symlink(join(root, "missing"), join(root, "w", "broken"));
    assert.deepEqual(await collectPaths(join(root, "w")), ["a.txt", "out/b.txt"]);
  });

  it("never reads a file of 100 MB", async () => {
    const text = "a line of text, long enough to be a corpus\n".repeat(4);
    await write(root, { "a.txt": text });
    await (await open(join(root, "giant.txt"), "w")).close();
    await truncate(join(root, "giant.txt"), 100_000_000);
    const before = process.memoryUsage().arrayBuffers;
    assert.deepEqual(await collectPaths(root), ["a.txt"]);
    assert.ok(process.memoryUsage().arrayBuffers - before < 20_000_000);
  });

  it("collects 5,000 files", async () => {
    const files = Array.from({ length: 5_000 }, (_, i) => [
      `d${String(i % 50)}/f${String(i)}.txt`,
      `text ${String(i)} here\n`,
    ]);
    await write(root, Object.fromEntries(files) as Record<string, string>);
    assert.equal((await collectPaths(root)).length, 5_000);
  }).timeout(60_000);

  describe("finds the user's own ignore file", () => {
    const environment = { PATH: process.env["PATH"] };
    const gitCommands = [
      ["by asking git", "git"],
      ["by reading the settings where git is missing", join(tmpdir(), "no-such-git")],
    ] as const;
    for (const [title, gitCommand] of gitCommands) {
      it(title, async function () {
        if (gitCommand === "git" && !hasGit()) {
          console.warn("      SKIPPED: git is not installed");
          this.skip();
        }
        const options = { environment: { ...environment, HOME: root }, homeDirectory: root, gitCommand };
        assert.equal(await findGlobalGitignore(options), undefined);
        await write(root, { ".config/git/ignore": "x\n" });
        assert.equal(await findGlobalGitignore(options), join(root, ".config", "git", "ignore"));
        await write(root, { ".gitconfig": "[user]\n\tname = n\n[core]\n\texcludesFile = ~/my own\n", "my own": "x\n" });
        assert.equal(await findGlobalGitignore(options), join(root, "my own"));
      });
    }
  });
});
