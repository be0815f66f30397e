import assert from "node:assert/strict";
import { checkTaken, collect, corpusOf, type Given, pathsOf, textFor, tree } from "./collecting.ts";
import { MemoryFiles } from "./memoryFiles.ts";

describe("listCandidates, seen through the corpus", () => {
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
});
