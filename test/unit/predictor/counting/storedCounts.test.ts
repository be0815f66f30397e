import assert from "node:assert/strict";
import { CountIndex } from "../../../../src/models/counting/countIndex.ts";
import { DocumentSections } from "../../../../src/predictor/counting/documentSections.ts";
import { WorkspaceCounts } from "../../../../src/predictor/counting/workspaceCounts.ts";
import type { CountEvent } from "../../../../src/protocol/predictorMessages.ts";
import { ManualTime } from "../../../fakes/manualTime.ts";
import { MemoryFileStore } from "../../../fakes/memoryFileStore.ts";
import { counterOver, JOB, pathOf } from "./countingParts.ts";
import { sourceText } from "./sourceText.ts";

describe("The counts of a workspace on the disk", () => {
  let files: MemoryFileStore;
  let counts: WorkspaceCounts;
  let events: CountEvent[];
  let time: ManualTime;

  const open = (): void => {
    time = new ManualTime();
    events = [];
    files.before = () => undefined;
    const options = { vocabulary: null, pathOf, onDidBegin: () => undefined, onDidMiss: () => undefined };
    counts = new WorkspaceCounts({ ...options, thread: counterOver(files, time) });
  };
  const scan = (): ReturnType<WorkspaceCounts["scan"]> =>
    counts.scan({ ...JOB, unsaved: [] }, { signal: new AbortController().signal, emit: (event) => events.push(event) });
  const checkCounts = (texts: readonly string[]): void => {
    assert.ok(counts.started !== undefined);
    const { index, vocabulary } = counts.started;
    const expected = new CountIndex({ vocabularySize: vocabulary.size, startId: 0, breakId: 1 });
    for (const text of texts) {
      const sections = DocumentSections.cut(text, { vocabulary, isRedacted: true });
      sections.passages(null).forEach((passage) => expected.learnPassage(passage));
    }
    const [left, right] = [index, expected].map((one) => [
      one.documentCount,
      [...one.unigrams("occurrences").counts],
      [...one.unigrams("continuations").counts],
    ]);
    assert.deepEqual(left, right);
  };

  beforeEach(() => {
    files = new MemoryFileStore();
    files.put("/ws/a.ts", sourceText(200));
    files.put("/ws/lib/c.ts", sourceText(900));
    open();
  });
  const texts = (): string[] => ["/ws/a.ts", "/ws/lib/c.ts"].map((path) => files.text(path));

  const partNames = (): readonly string[] => files.names("/store").filter((name) => name !== "counts.bin");
  /** A second part beside the first, of one file. */
  const countOneMore = async (): Promise<void> => {
    time.advance(60_000);
    files.epochMs += 1000;
    files.put("/ws/late.ts", sourceText(33));
    await scan();
  };

  it("are written as far as they are new, and what is not needed any more is removed", async () => {
    await scan();
    const [before] = partNames();
    const written: string[] = [];
    files.before = (operation, path) => {
      if (operation === "writeFileAtomically") {
        written.push(path);
      }
    };
    await countOneMore();
    assert.equal(partNames().length, 2);
    const fresh = partNames().find((name) => name !== before);
    assert.deepEqual(written, [`/store/${fresh}`, "/store/counts.bin"]);
    for (let round = 0; round < 8; round++) {
      time.advance(60_000);
      files.epochMs += 1000;
      files.put("/ws/late.ts", sourceText(30 + round));
      await scan();
    }
    assert.ok(partNames().length <= 6, `${partNames().length} parts`);
    open();
    await scan();
    assert.deepEqual(events, []);
    checkCounts([...texts(), files.text("/ws/late.ts")]);
  });

  for (const [title, damage] of [
    [
      "damaged",
      (path: string) =>
        files.put(
          path,
          files.files.get(path)!.bytes.map((byte, at) => (at === 99 ? byte ^ 1 : byte)),
        ),
    ],
    ["missing", (path: string) => files.files.delete(path)],
    ["empty", (path: string) => files.put(path, "")],
  ] as const) {
    it(`lose of a part that is ${title} only what was in it, which the log says and which is counted again`, async () => {
      await scan();
      const [kept] = partNames();
      await countOneMore();
      damage(`/store/${partNames().find((name) => name !== kept)}`);
      open();
      const read: string[] = [];
      files.before = (operation, path) => {
        if (operation === "readFile" && path.startsWith("/ws/")) {
          read.push(path);
        }
      };
      await scan();
      assert.deepEqual(read, ["/ws/late.ts"]);
      assert.match(JSON.stringify(events), /1 of its 2 parts are damaged or missing, in which 1 files were counted/);
      checkCounts([...texts(), files.text("/ws/late.ts")]);
      open();
      await scan();
      assert.deepEqual(events, [], "the index is whole again");
    });
  }

  it("need no reading after a restart but of what changed, files with nothing to count among them", async () => {
    files.put("/ws/data.txt", "\u0000\u0001\u0000 not a text");
    files.put("/ws/blank.md", "  \n\n");
    await scan();
    const readPaths = async (): Promise<readonly string[]> => {
      const read: string[] = [];
      open();
      files.before = (operation, path) => {
        if (operation === "readFile" && path.startsWith("/ws/")) {
          read.push(path);
        }
      };
      await scan();
      return read;
    };
    assert.deepEqual(await readPaths(), []);
    checkCounts(texts());
    files.epochMs += 1000;
    files.put("/ws/blank.md", sourceText(20));
    assert.deepEqual(await readPaths(), ["/ws/blank.md"]);
    checkCounts([...texts(), files.text("/ws/blank.md")]);
  });

  it("are those of the last whole index where writing the next one was cut short", async () => {
    await scan();
    files.before = (operation, path) => {
      if (operation === "writeFileAtomically" && path === "/store/counts.bin") {
        throw new Error("the power went");
      }
    };
    await countOneMore();
    files.before = () => undefined;
    open();
    await scan();
    assert.deepEqual(
      events.filter(({ type }) => type === "log"),
      [],
    );
    checkCounts([...texts(), files.text("/ws/late.ts")]);
  });
});
