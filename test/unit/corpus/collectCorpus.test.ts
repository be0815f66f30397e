import assert from "node:assert/strict";
import type { Corpus } from "../../../src/corpus/corpus.ts";
import {
  allDocuments,
  checkTaken,
  collect,
  corpusOf,
  emptyOf,
  type Given,
  pathsOf,
  textFor,
  tree,
} from "./collecting.ts";
import { MemoryFiles } from "./memoryFiles.ts";

describe("collectCorpus", () => {
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
      const token = ["ghp", "aB3dE5gH7jK9mN1pQ4sT6vW8yZ0bC2eF4hJ6"].join("_");
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
        reason: /^Found no text to learn from in “work”\. Train on a folder with/,
      },
      {
        title: "when the folder does not exist",
        files: new MemoryFiles(),
        reason: /1 file unreadable\. Check that the folder exists/,
      },
      {
        title: "when all files are binary",
        files: tree([], { "a.png": "x", "b.bin": "x", c: Uint8Array.of(0, 1, 2, 3) }),
        reason: /Left out: 3 binary files\. Train on a folder/,
      },
      {
        title: "when there is a file of 100 MB only",
        files: new MemoryFiles().addGiant("/work/a.txt", 100_000_000),
        reason: /Left out: 1 file larger than 5 MB\. Raise the limit/,
      },
      {
        title: "when there is one tiny file",
        files: tree([], { "a.txt": "hello\n" }),
        reason: /^Found 1 text file of 6 bytes in all in “work”\. Train on a folder/,
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
