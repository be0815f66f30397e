import assert from "node:assert/strict";
import type { Vocabulary } from "../../../../src/tokens/vocabulary.ts";
import { createRng } from "../../../../src/base/rng.ts";
import { CountIndex } from "../../../../src/models/counting/countIndex.ts";
import { CountingModel, type CountingState } from "../../../../src/models/counting/countingModel.ts";
import { wittenBell } from "../../../../src/models/counting/wittenBell.ts";
import { DocumentSections } from "../../../../src/predictor/counting/documentSections.ts";
import { type StartedCounts, WorkspaceCounts } from "../../../../src/predictor/counting/workspaceCounts.ts";
import { trainBpe } from "../../../../src/tokens/trainBpe.ts";
import type { CountEvent } from "../../../../src/protocol/predictorMessages.ts";
import { ManualTime } from "../../../fakes/manualTime.ts";
import { MemoryFileStore } from "../../../fakes/memoryFileStore.ts";
import { counterOver, JOB, pathOf } from "./countingParts.ts";
import { sourceText } from "./sourceText.ts";

/** Lines that are left out. */
interface Hole {
  readonly from: number;
  /** The last */
  readonly line: number;
}

const SECRET = `key = "ghp_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"\n`;

describe("The counts of a workspace", () => {
  let files: MemoryFileStore;
  let counts: WorkspaceCounts;
  let begun: StartedCounts[];
  let events: CountEvent[];
  let time: ManualTime;
  /** The newest text of the open documents. */
  const told = new Map<string, string>();

  const open = (vocabulary: Vocabulary | null = null): void => {
    begun = [];
    time = new ManualTime();
    events = [];
    counts = new WorkspaceCounts({
      thread: counterOver(files, time),
      vocabulary,
      pathOf,
      onDidBegin: (started) => begun.push(started),
      onDidMiss: (document) => update(document, told.get(document)!),
    });
  };
  const scan = (parts: Partial<Parameters<WorkspaceCounts["scan"]>[0]> = {}): ReturnType<WorkspaceCounts["scan"]> =>
    counts.scan(
      { ...JOB, unsaved: [], ...parts },
      { signal: new AbortController().signal, emit: (event) => events.push(event) },
    );
  const started = (): StartedCounts => {
    assert.ok(counts.started !== undefined);
    return counts.started;
  };
  const update = (document: string, text: string): void => {
    told.set(document, text);
    Array.from(counts.update(document, text));
  };

  /** Whether the counts are those of these texts and of nothing else. */
  const checkCounts = (texts: readonly string[], holes: ReadonlyMap<string, Hole> = new Map()): void => {
    const { index, vocabulary } = started();
    const expected = new CountIndex({ vocabularySize: vocabulary.size, startId: 0, breakId: 1 });
    const contexts: number[][] = [];
    for (const text of texts) {
      const sections = DocumentSections.cut(text, { vocabulary, isRedacted: true });
      const hole = holes.get(text);
      const startOf = (line: number): number => text.split("\n").slice(0, line).join("\n").length + (line > 0 ? 1 : 0);
      const left =
        hole === undefined
          ? null
          : { start: startOf(hole.from), end: text.indexOf("\n", startOf(hole.line)) + 1 || text.length };
      for (const passage of sections.passages(left)) {
        expected.learnPassage(passage);
        contexts.push([...passage.tokens.subarray(0, 12)], [...passage.tokens.subarray(0, 30)]);
      }
    }
    assert.deepEqual(
      [index.documentCount, index.tokenCount, [...index.unigrams("occurrences").counts]],
      [expected.documentCount, expected.tokenCount, [...expected.unigrams("occurrences").counts]],
    );
    const [left, right] = [index, expected].map((one) => {
      const model = new CountingModel({ index: one, order: 6, smoothing: wittenBell(), isUnbounded: true });
      return contexts.map((context) => {
        const out = new Float64Array(vocabulary.size);
        let state: CountingState | null = null;
        for (const token of context) {
          state = model.advance(state, token);
        }
        model.probabilities(state, out);
        return [...out];
      });
    });
    assert.deepEqual(left, right);
  };

  beforeEach(() => {
    files = new MemoryFileStore();
    files.put("/ws/a.ts", sourceText(200));
    files.put("/ws/b.ts", sourceText(20));
    files.put("/ws/lib/c.ts", sourceText(900));
    files.put("/ws/.env", "PASSWORD=hunter2\n");
    files.put("/ws/node_modules/x/index.js", sourceText(50));
    open();
  });
  const texts = (): string[] => ["/ws/a.ts", "/ws/b.ts", "/ws/lib/c.ts"].map((path) => files.text(path));

  it("are those of its files, by the rules of the corpus, and tell how far they are", async () => {
    const totals = await scan();
    assert.deepEqual([totals.fileCount, totals.vocabularySize], [3, started().vocabulary.size]);
    assert.equal(totals.tokenCount, started().index.tokenCount);
    assert.equal(begun.length, 1);
    checkCounts(texts());
    assert.equal(events.findLast(({ type }) => type === "progress")?.type === "progress" && events.length > 0, true);
  });

  it("follow files that change, come and go, and count again only those", async () => {
    await scan();
    files.epochMs += 1000;
    files.put("/ws/b.ts", sourceText(40));
    files.put("/ws/new.ts", sourceText(30));
    files.files.delete("/ws/a.ts");
    const read: string[] = [];
    files.before = (operation, path) => {
      if (operation === "readFile" && path.startsWith("/ws/")) {
        read.push(path);
      }
    };
    const totals = await scan();
    assert.deepEqual(read.sort(), ["/ws/b.ts", "/ws/new.ts"]);
    assert.equal(totals.tokenCount, started().index.tokenCount);
    checkCounts(["/ws/b.ts", "/ws/lib/c.ts", "/ws/new.ts"].map((path) => files.text(path)));
  });

  it("stay right through hundreds of changes", async () => {
    const rng = createRng(5);
    const names = Array.from({ length: 30 }, (_, n) => `/ws/many/${n}.ts`);
    names.forEach((name) => files.put(name, sourceText(60)));
    await scan();
    for (let round = 0; round < 12; round++) {
      files.epochMs += 1000;
      for (let change = 0; change < 10; change++) {
        const name = names[rng.nextInt(names.length)]!;
        if (rng.nextInt(4) === 0) {
          files.files.delete(name);
        } else {
          files.put(name, sourceText(rng.nextInt(400) + 1));
        }
      }
      await scan();
    }
    const paths = [...files.files.keys()].filter((path) => /^\/ws\/(?!node_modules|\.env)/.test(path));
    checkCounts(paths.map((path) => files.text(path)));
    assert.ok(started().index.segmentCount < 10, `${started().index.segmentCount} segments`);
  });

  it("are there again after a restart without reading a file, and say nothing", async () => {
    await scan();
    const { vocabulary } = started();
    open();
    files.before = (operation, path) => {
      assert.ok(operation !== "readFile" || path.startsWith("/store/"), `${path} was read`);
    };
    await scan();
    assert.deepEqual(started().vocabulary.serialize(), vocabulary.serialize());
    checkCounts(texts());
    assert.deepEqual(events, []);
  });

  it("catch up after a restart with what has changed meanwhile", async () => {
    await scan();
    files.epochMs += 1000;
    files.put("/ws/b.ts", sourceText(25));
    files.files.delete("/ws/lib/c.ts");
    open();
    await scan();
    checkCounts(["/ws/a.ts", "/ws/b.ts"].map((path) => files.text(path)));
  });

  const damages: readonly (readonly [title: string, damage: (bytes: Uint8Array) => Uint8Array])[] = [
    ["of another version", (bytes) => bytes.map((byte, index) => (index === 15 ? 0x39 : byte))],
    ["that is no index", () => new TextEncoder().encode("hello")],
    ["that is cut off", (bytes) => bytes.slice(0, bytes.length >> 1)],
    ["with one bit turned over", (bytes) => bytes.map((byte, index) => (index === 5000 ? byte ^ 4 : byte))],
    ["that is empty", () => new Uint8Array(0)],
  ];
  for (const [title, damage] of damages) {
    it(`are made anew from a file ${title}, which the log says`, async () => {
      await scan();
      files.put("/store/counts.bin", damage(files.files.get("/store/counts.bin")!.bytes));
      open();
      await scan();
      checkCounts(texts());
      const logged = events.filter((event) => event.type === "log");
      assert.match(JSON.stringify(logged), /made anew/);
      open();
      await scan();
      assert.deepEqual(events, [], "the file is whole again");
    });
  }

  it("are kept in memory where the disk is full, which the log says", async () => {
    files.before = (operation) => {
      if (operation === "writeFileAtomically") {
        throw new Error("no space left");
      }
    };
    await scan();
    checkCounts(texts());
    assert.match(JSON.stringify(events), /could not be written.*no space left/);
  });

  it("are on the disk in the end where it was full for a while, which the log says once", async () => {
    files.before = (operation) => {
      if (operation === "writeFileAtomically") {
        throw new Error("no space left");
      }
    };
    for (let attempt = 0; attempt < 3; attempt++) {
      await scan();
      time.advance(60_000);
    }
    assert.equal(events.filter(({ type }) => type === "log").length, 1);
    files.before = () => undefined;
    await scan();
    const { bytes } = files.files.get("/store/counts.bin")!;
    time.advance(60_000);
    files.epochMs += 1000;
    await scan();
    assert.equal(files.files.get("/store/counts.bin")!.bytes, bytes, "what is written is not written again");
    open();
    await scan();
    checkCounts(texts());
    assert.deepEqual(events, []);
  });

  it("are over the vocabulary that is asked for, whatever lies on the disk", async () => {
    await scan();
    const other = trainBpe([sourceText(100)], { vocabularySize: 300 });
    open(other);
    await scan();
    assert.equal(started().vocabulary, other);
    checkCounts(texts());
  });

  it("take files that vanish and change while they are read, of one token and without end", async () => {
    files.put("/ws/one.txt", "x");
    files.put("/ws/giant.txt", "lorem ipsum dolor sit amet ".repeat(20_000));
    files.put("/ws/gone.ts", sourceText(10));
    for (let copy = 0; copy < 300; copy++) {
      files.put(`/ws/copies/${copy}.ts`, "export const same = true;\nexport const other = false;\n");
    }
    files.before = (operation, path) => {
      if (operation === "readFile" && path === "/ws/gone.ts") {
        files.files.delete(path);
      }
    };
    const { fileCount } = await scan();
    assert.ok(fileCount >= 304, `${fileCount} files`);
    assert.ok(!counts.isCounted("/ws/gone.ts"));
    const giant = files.text("/ws/giant.txt");
    update("/ws/giant.txt", `${giant} and more`);
    counts.close("/ws/giant.txt");
    await scan();
    assert.equal(started().index.documentCount, fileCount);
  });

  it("are those of open documents as they stand, and of the files again once they are closed", async () => {
    await scan();
    const rng = createRng(8);
    const [a, b, c] = texts() as [string, string, string];
    let text = c;
    for (let edit = 0; edit < 30; edit++) {
      const from = rng.nextInt(text.length);
      text = text.slice(0, from) + sourceText(rng.nextInt(2)) + text.slice(from + rng.nextInt(80));
      update("/ws/lib/c.ts", text);
    }
    checkCounts([a, b, text]);
    update("untitled:Untitled-1", b);
    checkCounts([a, b, text, b]);
    counts.close("/ws/lib/c.ts");
    counts.close("untitled:Untitled-1");
    checkCounts([a, b, c]);
  });

  it("leave out the line with the caret, wherever it goes", async () => {
    await scan();
    const [a, b, c] = texts() as [string, string, string];
    update("/ws/a.ts", a);
    for (const line of [0, 7, 199, 200, 100]) {
      counts.placeCaret("/ws/a.ts", { line, isLocal: false });
      checkCounts([a, b, c], new Map([[a, { from: line, line }]]));
    }
    counts.placeCaret("/ws/a.ts", { line: 90, isLocal: true });
    checkCounts([a, b, c], new Map([[a, { from: 0, line: 90 }]]));
    counts.placeCaret("/ws/a.ts", { line: 100, isLocal: false });
    const { version } = started().index;
    const edited = a.replace(a.split("\n")[100]!, "something = else");
    update("/ws/a.ts", edited);
    counts.placeCaret("/ws/a.ts", { line: 100, isLocal: false });
    assert.equal(started().index.version, version, "what is typed in the caret's line changes no count");
  });

  it("leave nothing out of a document once somebody writes in another", async () => {
    await scan();
    const [a, b, c] = texts() as [string, string, string];
    update("/ws/a.ts", a);
    update("/ws/b.ts", b);
    counts.placeCaret("/ws/a.ts", { line: 90, isLocal: true });
    checkCounts([a, b, c], new Map([[a, { from: 0, line: 90 }]]));
    counts.placeCaret("/ws/b.ts", { line: 7, isLocal: false });
    checkCounts([a, b, c], new Map([[b, { from: 7, line: 7 }]]));
    counts.placeCaret("/ws/a.ts", { line: 90, isLocal: true });
    checkCounts([a, b, c], new Map([[a, { from: 0, line: 90 }]]));
  });

  it("stay those of an open document while its file is saved, changed and deleted beneath it", async () => {
    await scan();
    const [a, b, c] = texts() as [string, string, string];
    const edited = a.slice(0, 3000) + sourceText(3) + a.slice(3000);
    update("/ws/a.ts", edited);
    for (const saved of [edited, sourceText(90), a]) {
      files.epochMs += 1000;
      files.put("/ws/a.ts", saved);
      await scan();
      checkCounts([edited, b, c]);
    }
    counts.close("/ws/a.ts");
    checkCounts([a, b, c]);
  });

  it("never have in them what the corpus leaves out: ignored files, secrets, files of other folders", async () => {
    await scan();
    const { version } = started().index;
    update("/ws/.env", "PASSWORD=hunter2\nTOKEN=abc\n");
    update("/home/me/notes.txt", sourceText(10));
    update("output:extension", sourceText(10));
    await scan({
      unsaved: [
        { path: "/ws/.env", text: "PASSWORD=hunter2\nTOKEN=abc\n" },
        { path: "/home/me/notes.txt", text: "notes" },
      ],
    });
    checkCounts(texts());
    assert.ok(started().index.version - version <= 1);
    const [a, b, c] = texts() as [string, string, string];
    update("/ws/b.ts", SECRET + b);
    const { tokenCount } = started().index;
    counts.close("/ws/b.ts");
    assert.equal(started().index.tokenCount, tokenCount, "the line with the key is not counted");
    checkCounts([a, b, c]);
  });

  it("have new documents in them as soon as the corpus takes them", async () => {
    await scan();
    const text = sourceText(15);
    update("/ws/fresh.ts", text);
    assert.ok(!counts.isCounted("/ws/fresh.ts"));
    await scan({ unsaved: [{ path: "/ws/fresh.ts", text }] });
    assert.ok(counts.isCounted("/ws/fresh.ts"));
    checkCounts([...texts(), text]);
  });

  it("end early when counting is cancelled, and go on from there", async () => {
    const controller = new AbortController();
    controller.abort();
    await assert.rejects(counts.scan({ ...JOB, unsaved: [] }, { signal: controller.signal, emit: () => undefined }), {
      code: "cancelled",
    });
    await scan();
    checkCounts(texts());
  });
});
