import assert from "node:assert/strict";
import { collectCorpus, type CollectCorpusOptions, type CorpusResult } from "../../../src/corpus/collectCorpus.ts";
import {
  type Corpus,
  type CorpusDocument,
  type CorpusSettings,
  DEFAULT_CORPUS_SETTINGS,
} from "../../../src/corpus/corpus.ts";
import { MemoryFiles } from "./memoryFiles.ts";

/** Enough text of its own that a file alone makes a corpus and resembles no other. */
function textFor(name: string): string {
  return Array.from({ length: 8 }, (_, line) => `line ${String(line)} of ${name} says something\n`).join("");
}

interface Given extends Partial<Omit<CollectCorpusOptions, "settings">> {
  readonly settings?: Partial<CorpusSettings>;
}

function collect(files: MemoryFiles, given: Given = {}): Promise<CorpusResult> {
  return collectCorpus({
    folders: [{ path: "/work", name: "work" }],
    unsaved: [],
    reader: files,
    signal: new AbortController().signal,
    ...given,
    settings: { ...DEFAULT_CORPUS_SETTINGS, ...given.settings },
  });
}

function corpusOf(result: CorpusResult): Corpus {
  assert.equal(result.kind, "corpus", `expected a corpus, got ${JSON.stringify(result)}`);
  return (result as Extract<CorpusResult, { kind: "corpus" }>).corpus;
}

function emptyOf(result: CorpusResult): Extract<CorpusResult, { kind: "empty" }> {
  assert.equal(result.kind, "empty");
  return result as Extract<CorpusResult, { kind: "empty" }>;
}

function allDocuments(corpus: Corpus): readonly CorpusDocument[] {
  return [...corpus.training, ...corpus.validation];
}

/** Paths of all documents, ends of documents counted with them. */
function pathsOf(corpus: Corpus): readonly string[] {
  return [...new Set(allDocuments(corpus).map((document) => document.path.replace(/#end$/, "")))].sort();
}

/** A tree in which each listed path is a text file of its own, and files of other content can be given. */
function tree(paths: readonly string[], contents: Readonly<Record<string, string | Uint8Array>> = {}): MemoryFiles {
  const files = new MemoryFiles();
  for (const path of paths) {
    files.add(`/work/${path}`, textFor(path));
  }
  for (const [path, content] of Object.entries(contents)) {
    files.add(`/work/${path}`, content);
  }
  return files;
}

async function checkTaken(files: MemoryFiles, expected: readonly string[], given: Given = {}): Promise<Corpus> {
  const corpus = corpusOf(await collect(files, given));
  assert.deepEqual(pathsOf(corpus), [...expected.map((path) => `work/${path}`)].sort());
  return corpus;
}

describe("collectCorpus", () => {
  describe("chooses files", () => {
    const rows: readonly {
      readonly title: string;
      readonly files: MemoryFiles;
      readonly taken: readonly string[];
      readonly given?: Given;
    }[] = [
      {
        title: "leaves out version control, packages and caches without any ignore file",
        files: tree(["a.ts", ".git/config", "x/node_modules/p/index.js", ".svn/x", "__pycache__/x.py", "build/b.ts"]),
        taken: ["a.ts", "build/b.ts"],
      },
      {
        title: "leaves out virtual environments and tagged caches by their marker files",
        files: tree(["a.py", "env/pyvenv.cfg", "env/lib/b.py", "target/CACHEDIR.TAG", "target/c.rs"]),
        taken: ["a.py"],
      },
      {
        title: "takes a folder that was opened though it has such a marker",
        files: tree(["a.py", "pyvenv.cfg"]),
        taken: ["a.py", "pyvenv.cfg"],
      },
      {
        title: "honours nested ignore files, and lets deeper ones take back",
        files: tree(["a.log", "b.ts", "sub/c.log", "sub/d.log", "sub/deep/e.log", "out/f.ts"], {
          ".gitignore": "*.log\n/out/\n",
          "sub/.gitignore": "!c.log\n!/deep/e.log\n",
        }),
        taken: [".gitignore", "b.ts", "sub/.gitignore", "sub/c.log", "sub/deep/e.log"],
      },
      {
        title: "does not take back what lies in an ignored folder",
        files: tree(["a.ts", "out/b.ts"], { ".gitignore": "out/\n!out/b.ts\n" }),
        taken: [".gitignore", "a.ts"],
      },
      {
        title: "takes all of a folder that a deeper ignore file takes back",
        files: tree(["a.ts", "x/build/b.ts"], { ".gitignore": "build/\n", "x/.gitignore": "!build/\n" }),
        taken: [".gitignore", "a.ts", "x/.gitignore", "x/build/b.ts"],
      },
      {
        title: "ignores ignore files when told to",
        files: tree(["a.log", "b.ts"], { ".gitignore": "*.log\n" }),
        taken: [".gitignore", "a.log", "b.ts"],
        given: { settings: { isGitignoreHonoured: false } },
      },
      {
        title: "honours a repository's own exclude file and the user's global one",
        files: tree(["a.ts", "a.mine", "a.local"], { ".git/info/exclude": "*.local\n" }).add(
          "/home/ignore",
          "*.mine\n",
        ),
        taken: ["a.ts"],
        given: { globalIgnoreFile: "/home/ignore" },
      },
      {
        title: "lets a repository inside another know only its own rules",
        files: tree(["a.ts", "lib/.git/HEAD", "lib/b.log", "lib/c.tmp"], {
          ".gitignore": "*.log\n",
          "lib/.gitignore": "*.tmp\n",
        }),
        taken: [".gitignore", "a.ts", "lib/.gitignore", "lib/b.log"],
      },
      {
        title: "reads exclude globs as VS Code does: anchored unless they begin with **",
        files: tree(["a.sql", "x/b.sql", "dist/c.ts", "x/dist/d.ts", "y/Z.min/e.ts", "k.ts"]),
        taken: ["x/b.sql", "x/dist/d.ts", "k.ts"],
        given: { settings: { exclude: ["*.sql", "dist", "**/*.{min,max}"] } },
      },
      {
        title: "excludes a folder with everything in it by a glob that ends in **",
        files: tree(["a.ts", "gen/b.ts", "gen/deep/c.ts"]),
        taken: ["a.ts"],
        given: { settings: { exclude: ["gen/**"] } },
      },
      {
        title: "takes only what include globs name, at any depth where they have no slash",
        files: tree(["a.ts", "x/b.ts", "x/c.js", "docs/d.md"]),
        taken: ["a.ts", "x/b.ts", "docs/d.md"],
        given: { settings: { include: ["*.ts", "docs/"] } },
      },
      {
        title: "lets an exclude glob win over an include glob",
        files: tree(["a.ts", "b.ts"]),
        taken: ["a.ts"],
        given: { settings: { include: ["*.ts"], exclude: ["b.ts"] } },
      },
      {
        title: "compares regardless of case where the file system does",
        files: tree(["A.LOG", "b.ts", "Node_Modules/c.ts", "GEN/d.ts"], { ".gitignore": "*.log\n" }),
        taken: [".gitignore", "b.ts"],
        given: { isCaseSensitive: false, settings: { exclude: ["gen"] } },
      },
    ];
    for (const { title, files, taken, given } of rows) {
      it(title, async () => {
        await checkTaken(files, taken, given);
      });
    }

    it("applies the rules of the directories from the repository's top down to the folder", async () => {
      const files = new MemoryFiles({
        "/repo/.git/info/exclude": "*.secretly\n",
        "/repo/.gitignore": "*.log\n/packages/app/top.ts\n",
        "/repo/packages/.gitignore": "*.tmp\n",
        "/outside/.gitignore": "*\n",
      });
      for (const name of ["a.ts", "a.log", "a.tmp", "a.secretly", "top.ts"]) {
        files.add(`/repo/packages/app/${name}`, textFor(name));
      }
      const corpus = corpusOf(await collect(files, { folders: [{ path: "/repo/packages/app/", name: "app" }] }));
      assert.deepEqual(pathsOf(corpus), ["app/a.ts"]);
    });

    it("takes a folder that its repository ignores, for it was opened on purpose", async () => {
      const files = new MemoryFiles({ "/home/.git/HEAD": "x", "/home/.gitignore": "*\n" });
      files.add("/home/book/one.tex", textFor("one")).add("/home/book/two.log", textFor("two"));
      files.add("/home/book/.gitignore", "*.log\n");
      const corpus = corpusOf(await collect(files, { folders: [{ path: "/home/book", name: "book" }] }));
      assert.deepEqual(pathsOf(corpus), ["book/.gitignore", "book/one.tex"]);
    });

    it("reads the exclude file of a work tree where git keeps it", async () => {
      const files = new MemoryFiles({
        "/work/.git": "gitdir: ../main/.git/worktrees/w\n",
        "/main/.git/worktrees/w/commondir": "../..\n",
        "/main/.git/info/exclude": "b.ts\n",
      });
      files.add("/work/a.ts", textFor("a")).add("/work/b.ts", textFor("b"));
      await checkTaken(files, ["a.ts"]);
    });
  });

  describe("follows links", () => {
    it("to files and folders outside the workspace, each target once", async () => {
      const files = tree(["a.ts"]);
      files.add("/shared/lib/b.ts", textFor("b")).add("/shared/c.ts", textFor("c"));
      files.addLink("/work/lib", "/shared/lib").addLink("/work/lib2", "/shared/lib");
      files.addLink("/work/c.ts", "/shared/c.ts").addLink("/work/d.ts", "/shared/c.ts");
      await checkTaken(files, ["a.ts", "lib/b.ts", "c.ts"]);
    });

    it("never round in a circle, up, or to what an ignore rule leaves out", async () => {
      const files = tree(["a.ts", "x/b.ts", "hidden/c.ts"], { ".gitignore": "hidden\n" });
      files.addLink("/work/x/loop", "/work/x").addLink("/work/x/up", "/work").addLink("/work/root", "/");
      files.addLink("/work/peek.ts", "/work/hidden/c.ts").addLink("/work/self", "/work/self");
      const corpus = await checkTaken(files, ["a.ts", "x/b.ts", ".gitignore"]);
      assert.equal(corpus.report.excludedCounts.unreadable, 1); // the link to itself
    });

    it("but not to secrets or packages under another name", async () => {
      const files = tree(["a.ts"]);
      files.add("/home/.ssh/id_rsa", textFor("key")).addLink("/work/key.txt", "/home/.ssh/id_rsa");
      files.add("/p/node_modules/q.js", textFor("q")).addLink("/work/deps", "/p/node_modules");
      const corpus = await checkTaken(files, ["a.ts"]);
      assert.equal(corpus.report.excludedCounts.secretFile, 1);
      assert.equal(corpus.report.excludedCounts.ignored, 1);
    });
  });

  it("walks a workspace folder inside another one once, under its own name", async () => {
    const files = tree(["a.ts", "sub/b.ts"]);
    const folders = [
      { path: "/work", name: "work" },
      { path: "/work/sub", name: "sub" },
      { path: "/work/", name: "again" },
    ];
    assert.deepEqual(pathsOf(corpusOf(await collect(files, { folders }))), ["sub/b.ts", "work/a.ts"]);
  });

  describe("counts what it leaves out", () => {
    it("each file once, under one reason", async () => {
      const files = tree(["a.ts", "b.ts"], {
        "ignored.log": "x",
        ".gitignore": "*.log\n# something more, so that this is text\n",
        "picture.png": "x",
        "data.xyz": Uint8Array.from({ length: 300 }, (_, i) => i % 7),
        "package-lock.json": "{}",
        "app.min.js": "x",
        ".env": "A=1",
        "empty.ts": "",
        "blank.ts": " \n\n",
        "gone.ts": textFor("gone"),
      });
      files.addGiant("/work/giant.txt", 100_000_000).makeUnreadable("/work/gone.ts");
      const { report } = corpusOf(await collect(files));
      assert.deepEqual(report.excludedCounts, {
        ignored: 1,
        binary: 2,
        tooLarge: 1,
        generated: 2,
        secretFile: 1,
        secretContent: 0,
        empty: 2,
        unreadable: 1,
        corpusFull: 0,
      });
      assert.equal(report.takenCount, 3);
      assert.equal(files.readBytes.has("/work/giant.txt"), false, "a file over the limit is not opened");
    });

    it("files that vanish while it reads, without failing", async () => {
      const files = tree(["a.ts", "b.ts", "c.ts"]);
      files.onWillRead = (path) => {
        if (path === "/work/a.ts") {
          files.delete("/work/b.ts");
        }
      };
      files.makeUnreadable("/work/c.ts");
      const corpus = await checkTaken(files, ["a.ts"]);
      assert.equal(corpus.report.excludedCounts.unreadable, 2);
    });

    it("folders that cannot be listed", async () => {
      const files = tree(["a.ts", "x/b.ts"]).makeUnreadable("/work/x");
      const corpus = await checkTaken(files, ["a.ts"]);
      assert.equal(corpus.report.excludedCounts.unreadable, 1);
    });

    it("the documents for which the corpus has no room, and chooses the same ones every time", async () => {
      const paths = Array.from({ length: 200 }, (_, i) => `f${String(i).padStart(3, "0")}.ts`);
      const settings = { maxCorpusBytes: 20_000 };
      const first = corpusOf(await collect(tree(paths), { settings }));
      const second = corpusOf(await collect(tree([...paths].reverse()), { settings }));
      assert.equal(first.fingerprint, second.fingerprint);
      assert.equal(first.report.takenCount + first.report.excludedCounts.corpusFull, 200);
      assert.ok(first.report.takenBytes <= 20_000 && first.report.takenBytes > 19_000);
      // A sample of the whole, and not its beginning.
      assert.ok(pathsOf(first).some((path) => path > "work/f150"));
    });

    it("the lines with secrets that it drops, and the files it drops for them", async () => {
      const token = `ghp_${"aB3dE5gH7jK9mN1pQ4sT6vW8yZ0bC2eF4hJ6"}`;
      const files = tree(["a.ts", "c.ts"], {
        "b.ts": `${textFor("b")}const token = "${token}";\nconst after = 1;\n`,
        "d.txt": `token ${token}\n`,
      });
      const corpus = await checkTaken(files, ["a.ts", "b.ts", "c.ts"]);
      assert.equal(corpus.report.redactedCount, 1);
      assert.equal(corpus.report.excludedCounts.secretContent, 1);
      const texts = allDocuments(corpus).map((document) => document.text);
      assert.ok(texts.every((text) => !text.includes("ghp_")));
      assert.ok(texts.some((text) => text.endsWith("says something\nconst after = 1;\n")));
    });
  });

  describe("lets unsaved editors win", () => {
    const textAt = (corpus: Corpus, path: string): string | undefined =>
      allDocuments(corpus).find((document) => document.path === path)?.text;

    it("over the disk", async () => {
      const unsaved = [{ path: "/work/a.ts", text: "\uFEFFunsaved words in a window\r\nmore of them here\r\n" }];
      const corpus = await checkTaken(tree(["a.ts", "b.ts", "c.ts"]), ["a.ts", "b.ts", "c.ts"], { unsaved });
      const parts = [textAt(corpus, "work/a.ts") ?? "", textAt(corpus, "work/a.ts#end") ?? ""];
      assert.equal(parts.join(""), "unsaved words in a window\nmore of them here\n");
    });

    it("where there is no file yet, nor a folder", async () => {
      const unsaved = [
        { path: "/work/new.ts", text: textFor("new") },
        { path: "/work/not/there/deep.ts", text: textFor("deep") },
        { path: "/elsewhere/x.ts", text: textFor("x") },
      ];
      const corpus = await checkTaken(tree(["b.ts", "c.ts"]), ["b.ts", "c.ts", "new.ts", "not/there/deep.ts"], {
        unsaved,
      });
      assert.equal(corpus.report.excludedCounts.unreadable, 0);
    });

    it("but not over ignore rules or the rules for secrets", async () => {
      const files = tree(["a.ts"], { ".gitignore": "gen/\n" });
      const unsaved = [
        { path: "/work/gen/x.ts", text: textFor("x") },
        { path: "/work/.env", text: textFor("env") },
      ];
      await checkTaken(files, ["a.ts", ".gitignore"], { unsaved });
    });

    it("even where the file on the disk is too large or unreadable", async () => {
      const files = tree(["b.ts"]).addGiant("/work/a.ts", 100_000_000);
      await checkTaken(files, ["a.ts", "b.ts"], { unsaved: [{ path: "/work/a.ts", text: textFor("a") }] });
    });

    it("and dates them no older than what is on the disk", async () => {
      const files = tree(["b.ts"]).add("/work/c.ts", textFor("c"), 5_000);
      const corpus = corpusOf(await collect(files, { unsaved: [{ path: "/work/b.ts", text: textFor("new b") }] }));
      const document = allDocuments(corpus).find(({ path }) => path.startsWith("work/b.ts"));
      assert.equal(document?.modifiedEpochMs, 5_000);
    });
  });

  describe("says what was found and what to do", () => {
    const rows: readonly {
      readonly title: string;
      readonly files: MemoryFiles;
      readonly given?: Given;
      readonly reason: RegExp;
    }[] = [
      {
        title: "when no folder is open",
        files: new MemoryFiles(),
        given: { folders: [] },
        reason: /^No folder is open\. Open a folder/,
      },
      {
        title: "when the folder is empty",
        files: new MemoryFiles().addDirectory("/work"),
        reason: /^Found no text to learn from in “work”\. Open a folder with/,
      },
      {
        title: "when the folder does not exist",
        files: new MemoryFiles(),
        reason: /1 file unreadable\. Check that the folder exists/,
      },
      {
        title: "when all files are binary",
        files: tree([], { "a.png": "x", "b.bin": "x", c: Uint8Array.of(0, 1, 2, 3) }),
        reason: /Left out: 3 binary files\. Open a folder/,
      },
      {
        title: "when there is a file of 100 MB only",
        files: new MemoryFiles().addGiant("/work/a.txt", 100_000_000),
        reason: /Left out: 1 file larger than 5 MB\. Raise the limit/,
      },
      {
        title: "when there is one tiny file",
        files: tree([], { "a.txt": "hello\n" }),
        reason: /^Found 1 text file of 6 bytes in all in “work”\. Open a folder/,
      },
      {
        title: "when everything is ignored",
        files: tree(["a.ts", "x/b.ts"]),
        given: { settings: { exclude: ["**"] } },
        reason: /Left out: 2 files or folders ignored\. Check \.gitignore/,
      },
      {
        title: "when no file matches the include globs",
        files: tree(["a.ts"]),
        given: { settings: { include: ["*.py"] } },
        reason: /Check the include patterns/,
      },
    ];
    for (const { title, files, given, reason } of rows) {
      it(title, async () => {
        assert.match(emptyOf(await collect(files, given)).reason, reason);
      });
    }
  });

  describe("is cancelled", () => {
    it("before it begins", async () => {
      const controller = new AbortController();
      controller.abort();
      const files = tree(["a.ts"]);
      assert.deepEqual(await collect(files, { signal: controller.signal }), { kind: "cancelled" });
      assert.equal(files.readBytes.size, 0);
    });

    it("between two files", async () => {
      const controller = new AbortController();
      const files = tree(Array.from({ length: 500 }, (_, i) => `f${String(i)}.ts`));
      files.onWillRead = () => {
        controller.abort();
      };
      assert.deepEqual(await collect(files, { signal: controller.signal }), { kind: "cancelled" });
      assert.ok(files.readBytes.size <= 16, `read ${String(files.readBytes.size)} files after the abort`);
    });
  });

  describe("gives the same corpus for the same files", () => {
    const paths = Array.from({ length: 60 }, (_, i) => `d${String(i % 7)}/f${String(i)}.ts`);

    it("in whatever order they are listed", async () => {
      const one = corpusOf(await collect(tree(paths)));
      const other = corpusOf(await collect(tree([...paths].reverse())));
      assert.deepEqual(one, other);
      assert.deepEqual(
        one.training.map((document) => document.path),
        one.training.map((document) => document.path).sort(),
      );
    });

    it("and another fingerprint when a text, a path or the split differs", async () => {
      const fingerprint = async (files: MemoryFiles, given: Given = {}): Promise<string> =>
        corpusOf(await collect(files, given)).fingerprint;
      const fingerprints = [
        await fingerprint(tree(paths)),
        await fingerprint(tree(paths).add("/work/d0/f0.ts", `${textFor("d0/f0.ts")}x`)),
        await fingerprint(tree([...paths, "more.ts"])),
        await fingerprint(tree(paths), { folders: [{ path: "/work", name: "renamed" }] }),
        await fingerprint(tree(paths), { settings: { validationFraction: 0.4 } }),
      ];
      assert.equal(new Set(fingerprints).size, fingerprints.length);
      assert.match(fingerprints[0] ?? "", /^[0-9a-f]{32}$/);
    });
  });

  it("reports progress up to the last file", async () => {
    const seen: string[] = [];
    await collect(tree(Array.from({ length: 100 }, (_, i) => `f${String(i)}.ts`)), {
      onProgress: (progress) =>
        seen.push(
          `${progress.phase} ${String(progress.fileCount)}${"totalCount" in progress ? `/${String(progress.totalCount)}` : ""}`,
        ),
    });
    assert.deepEqual(seen, ["listing 100", "reading 64/100", "reading 100/100"]);
  });

  it("collects a tree of 5,000 files", async () => {
    const paths = Array.from({ length: 5_000 }, (_, i) => `d${String(i % 50)}/f${String(i)}.ts`);
    const files = tree(paths);
    const corpus = corpusOf(await collect(files));
    assert.equal(corpus.report.takenCount, 5_000);
    const share = corpus.validation.length / 5_000;
    assert.ok(share > 0.085 && share < 0.115, `held out ${String(share)}`);
  }).timeout(20_000);
});
