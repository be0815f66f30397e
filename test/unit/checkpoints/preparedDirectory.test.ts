import assert from "node:assert/strict";
import { LmError } from "../../../src/base/errors.ts";
import { MemoryFileStore } from "../../fakes/memoryFileStore.ts";
import { DIRECTORY, makeCheckpoint, makeResume, MANIFEST, open, written } from "./checkpointFixture.ts";

describe("checkpointStore.prepare", () => {
  const prepare = async (files: MemoryFileStore): Promise<void> => {
    const store = open(files);
    try {
      await store.prepare();
    } finally {
      await store.release();
    }
  };

  it("makes a new directory, and removes it again where nothing is written", async () => {
    const files = new MemoryFileStore();
    const store = open(files);
    await store.prepare();
    assert.ok(files.directories.has(DIRECTORY));
    await store.release();
    assert.ok(!files.directories.has(DIRECTORY));
  });

  it("leaves an empty directory of the user's, and a new one with a model", async () => {
    const files = new MemoryFileStore();
    await files.makeDirectory(DIRECTORY);
    await prepare(files);
    assert.ok(files.directories.has(DIRECTORY));
    const others = new MemoryFileStore();
    const store = open(others);
    await store.prepare();
    await store.write(makeCheckpoint(1), null);
    await store.release();
    assert.equal((await open(others).read()).kind, "checkpoint");
  });

  it("accepts a directory with a checkpoint of ours, also a damaged one", async () => {
    const files = await written();
    await prepare(files);
    files.put(MANIFEST, files.text(MANIFEST).slice(0, 300));
    await prepare(files);
    files.put(`${DIRECTORY}/notes.txt`, "kept");
    await prepare(files);
    assert.equal(files.text(`${DIRECTORY}/notes.txt`), "kept");
  });

  it("accepts what a crash before the first manifest leaves", async () => {
    const files = new MemoryFileStore();
    files.put(`${DIRECTORY}/weights-0123456789abcdef.bin`, "half");
    await prepare(files);
  });

  const refused: readonly (readonly [string, (files: MemoryFileStore) => void, string])[] = [
    [
      "a directory of the user's",
      (files) => {
        files.put(`${DIRECTORY}/thesis.tex`, "\\begin");
      },
      "checkpointForeign",
    ],
    [
      "a checkpoint.json of another tool",
      (files) => {
        files.put(MANIFEST, '{"a":1}');
      },
      "checkpointForeign",
    ],
    [
      "an unreadable checkpoint.json beside files of the user's",
      (files) => {
        files.put(MANIFEST, "{");
        files.put(`${DIRECTORY}/x`, "");
      },
      "checkpointForeign",
    ],
    [
      "a file in the directory's place",
      (files) => {
        files.put(DIRECTORY, "file");
      },
      "checkpointForeign",
    ],
    [
      "a checkpoint of a newer Inkling",
      (files) => {
        files.put(MANIFEST, '{"format":"inkling-checkpoint","version":9}');
      },
      "checkpointVersion",
    ],
  ];
  for (const [title, arrange, code] of refused) {
    it(`refuses ${title} and changes nothing`, async () => {
      const files = new MemoryFileStore();
      arrange(files);
      const before = new Map(files.files);
      await assert.rejects(prepare(files), (error) => error instanceof LmError && error.code === code);
      assert.deepEqual(files.files, before);
    });
  }

  it("keeps a second training out until the first gives the directory back, and says who has it", async () => {
    const files = await written();
    const [first, second] = [open(files), open(files)];
    await first.prepare();
    await assert.rejects(
      second.prepare(),
      (error) =>
        error instanceof LmError &&
        error.code === "trainingBusy" &&
        /Another training \(process 1\) writes to \/models\/one: .* remove \/models\/one\/training\.lock\./.test(
          error.message,
        ),
    );
    await second.release();
    await assert.rejects(second.prepare());
    await first.write(makeCheckpoint(2), makeResume(2));
    await first.release();
    await first.release();
    await second.prepare();
    await second.release();
    assert.ok(!files.names(DIRECTORY).includes("training.lock"));
  });

  it("finds out at once that nothing can be written", async () => {
    const files = await written();
    files.before = (operation) => {
      if (operation === "writeFileAtomically") {
        throw new LmError("fileUnwritable", "read-only");
      }
    };
    await assert.rejects(prepare(files), (error) => error instanceof LmError && error.code === "fileUnwritable");
  });
});
