import assert from "node:assert/strict";
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FileStore } from "../../src/base/ports.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../../src/corpus/corpus.ts";
import { CountIndex } from "../../src/models/counting/countIndex.ts";
import { createNodeFileStore } from "../../src/node/nodeFileStore.ts";
import { DocumentSections } from "../../src/predictor/counting/documentSections.ts";
import { WorkspaceCounts } from "../../src/predictor/counting/workspaceCounts.ts";
import type { CountEvent, CountTotals } from "../../src/protocol/predictorMessages.ts";
import { counterOver } from "../unit/predictor/counting/countingParts.ts";

const line = (n: number): string => `export const value${n} = compute(${n * 37}, "name${n % 11}");\n`;
const source = (from: number, count: number): string =>
  Array.from({ length: count }, (_, index) => line(from + index)).join("");

describe("Counting real files", function () {
  this.timeout(120_000);

  let folder: string;
  let storage: string;
  let counts: WorkspaceCounts;
  let events: CountEvent[];
  /** Files of the folder that were read since `open`. */
  let read: string[];
  /** Done right before a file is read. */
  let beforeRead: (path: string) => Promise<void>;

  const open = (): void => {
    const files = createNodeFileStore();
    const watched: FileStore = {
      ...files,
      readFile: async (path, maxBytes) => {
        if (path.startsWith(folder)) {
          read.push(path.slice(folder.length + 1));
          await beforeRead(path);
        }
        return files.readFile(path, maxBytes);
      },
    };
    events = [];
    read = [];
    beforeRead = () => Promise.resolve();
    counts = new WorkspaceCounts({
      thread: counterOver(watched),
      vocabulary: null,
      pathOf: (document) => document,
      onDidBegin: () => undefined,
      onDidMiss: () => undefined,
    });
  };
  const scan = (): Promise<CountTotals> =>
    counts.scan(
      { folders: [{ path: folder, name: "ws" }], corpus: DEFAULT_CORPUS_SETTINGS, storage, first: [], unsaved: [] },
      { signal: new AbortController().signal, emit: (event) => events.push(event) },
    );
  const put = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
  const logged = (): string => events.flatMap((event) => (event.type === "log" ? [event.message] : [])).join("\n");
  /** Whether exactly these texts are counted. */
  const check = (texts: readonly string[]): void => {
    assert.ok(counts.started !== undefined);
    const { index, vocabulary } = counts.started;
    const { size: vocabularySize, startId, endId: breakId } = vocabulary;
    const expected = new CountIndex({ vocabularySize, startId, breakId });
    for (const text of texts) {
      for (const passage of DocumentSections.cut(text, { vocabulary, isRedacted: true }).passages(null)) {
        expected.learnPassage(passage);
      }
    }
    const figures = (one: CountIndex): unknown => [
      one.documentCount,
      one.tokenCount,
      [...one.unigrams("occurrences").counts],
      [...one.unigrams("continuations").counts],
    ];
    assert.deepEqual(figures(index), figures(expected));
  };

  beforeEach(async () => {
    const parent = await mkdtemp(join(tmpdir(), "inkling-counted-"));
    folder = join(parent, "ws");
    storage = join(parent, "store");
    await mkdir(folder);
    await put("a.ts", source(0, 300));
    await put("b.ts", source(1000, 300));
    open();
  });
  afterEach(async () => {
    counts.dispose();
    await rm(join(folder, ".."), { recursive: true, force: true });
  });
  const texts = (): Promise<string[]> =>
    Promise.all(["a.ts", "b.ts"].map((name) => readFile(join(folder, name), "utf8")));

  it("takes a line of half a million characters", async () => {
    const giant = "lorem ipsum dolor sit amet ".repeat(20_000);
    await put("giant.txt", giant);
    assert.equal((await scan()).fileCount, 3);
    check([...(await texts()), giant]);
  });

  it("takes files of one token, and leaves empty ones alone", async () => {
    await put("one.txt", "x");
    await put("two.txt", "\n\ny");
    await put("empty.txt", "");
    await put("blank.txt", " \n\n");
    assert.equal((await scan()).fileCount, 4);
    check([...(await texts()), "x", "\n\ny"]);
  });

  it("takes the same file three thousand times, and forgets a thousand of them", async () => {
    const same = source(0, 20);
    const names = Array.from({ length: 3000 }, (_, n) => `same${n}.ts`);
    await Promise.all(names.map((name) => put(name, same)));
    assert.equal((await scan()).fileCount, 3002);
    check([...(await texts()), ...names.map(() => same)]);
    await Promise.all(names.slice(0, 1000).map((name) => rm(join(folder, name))));
    assert.equal((await scan()).fileCount, 2002);
    check([...(await texts()), ...names.slice(1000).map(() => same)]);
  });

  it("leaves out a file that vanishes while it is read, and takes of one that grows the rest at the next look", async () => {
    const before = await texts();
    await put("gone.ts", source(2000, 50));
    beforeRead = async (path) => {
      if (path.endsWith("gone.ts")) {
        await rm(path);
      }
      if (path.endsWith("a.ts")) {
        await appendFile(path, source(3000, 5));
      }
    };
    assert.equal((await scan()).fileCount, 2);
    check(before);
    beforeRead = () => Promise.resolve();
    await scan();
    assert.match((await texts())[0] ?? "", /value3004/);
    check(await texts());
  });

  it("reads only the file that changed after a restart", async () => {
    await Promise.all(Array.from({ length: 50 }, (_, n) => put(`more${n}.ts`, source(n * 100, 50))));
    await scan();
    await appendFile(join(folder, "b.ts"), source(5000, 3));
    open();
    await scan();
    assert.deepEqual(read, ["b.ts"]);
    assert.equal(logged(), "");
    check([...(await texts()), ...Array.from({ length: 50 }, (_, n) => source(n * 100, 50))]);
  });

  for (const [title, name, damage, message] of [
    ["index that is corrupt", /^counts\.bin$/, (bytes: Buffer) => bytes.fill(7, 400, 500), /made anew: it is damaged/],
    ["index of another version", /^counts\.bin$/, (bytes: Buffer) => bytes.fill("1", 15, 16), /of another version/],
    ["index of nothing known", /^counts\.bin$/, () => Buffer.from("{}"), /not an index/],
    ["part that is corrupt", /^counts-/, (bytes: Buffer) => bytes.fill(7, 400, 500), /damaged or missing/],
    ["part that is cut off", /^counts-/, (bytes: Buffer) => bytes.subarray(0, 1000), /damaged or missing/],
  ] as const) {
    it(`counts again what was in the ${title}, says so, and touches nothing else`, async () => {
      await scan();
      const found = (await readdir(storage)).find((entry) => name.test(entry));
      assert.ok(found !== undefined);
      await writeFile(join(storage, "notes.txt"), "not ours");
      await writeFile(join(storage, found), damage(await readFile(join(storage, found))));
      open();
      assert.equal((await scan()).fileCount, 2);
      assert.match(logged(), message);
      check(await texts());
      assert.equal(await readFile(join(storage, "notes.txt"), "utf8"), "not ours");
      open();
      await scan();
      assert.deepEqual([read, logged()], [[], ""], "it is whole again");
    });
  }
});
