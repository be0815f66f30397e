import assert from "node:assert/strict";
import { LmError } from "../../../src/base/errors.ts";
import { MemoryFileStore, type FileOperation } from "../../fakes/memoryFileStore.ts";
import { binaryPath, DIRECTORY, makeCheckpoint, makeResume, open, written } from "./checkpointFixture.ts";

const DOCUMENTS = [Uint16Array.of(3, 4, 1), new Uint16Array(0), Uint16Array.of(65_535, 3, 1)];

describe("checkpointStore", () => {
  it("gives back the text trained on, which it writes once and keeps over later writes", async () => {
    const files = new MemoryFileStore();
    const store = open(files);
    store.keepDocuments(DOCUMENTS);
    await store.write(makeCheckpoint(1), makeResume(1));
    const names = files.names(DIRECTORY).filter((name) => name.startsWith("documents"));
    await store.write(makeCheckpoint(2), null);
    assert.deepEqual(await open(files).readDocuments(), { kind: "documents", documents: DOCUMENTS });
    assert.equal(names.length, 1);
    assert.deepEqual(
      files.names(DIRECTORY).filter((name) => name.startsWith("documents")),
      names,
    );
    const other = open(files);
    other.keepDocuments([Uint16Array.of(5)]);
    await other.write(makeCheckpoint(3), null);
    assert.equal(files.names(DIRECTORY).filter((name) => name.startsWith("documents")).length, 1);
    assert.deepEqual(await open(files).readDocuments(), { kind: "documents", documents: [Uint16Array.of(5)] });
  });

  it("holds no text where none was given, and reads the model all the same", async () => {
    assert.deepEqual(await open(await written()).readDocuments(), { kind: "documents", documents: null });
  });

  it("answers corrupt to damaged text, and still reads the model", async () => {
    const files = new MemoryFileStore();
    const store = open(files);
    store.keepDocuments(DOCUMENTS);
    await store.write(makeCheckpoint(1), null);
    const path = binaryPath(files, "documents");
    const bytes = await files.readFile(path);
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    files.put(path, bytes);
    assert.equal((await open(files).readDocuments()).kind, "corrupt");
    assert.equal((await open(files).read()).kind, "checkpoint");
  });

  it("gives back what was written, tensor by tensor", async () => {
    const files = await written();
    assert.deepEqual(await open(files).read(), { kind: "checkpoint", checkpoint: makeCheckpoint(1) });
    assert.deepEqual(await open(files).readResume(), {
      kind: "resume",
      checkpoint: makeCheckpoint(1),
      resume: makeResume(1),
    });
  });

  it("leaves out a resume state that it was told to forget", async () => {
    const files = await written();
    const store = open(files);
    await store.readResume();
    store.forgetResume();
    await store.write(makeCheckpoint(2), null);
    const read = await open(files).readResume();
    assert.notEqual(read.kind, "resume");
    assert.deepEqual(await open(files).read(), { kind: "checkpoint", checkpoint: makeCheckpoint(2) });
  });

  it("keeps one manifest and one binary of each role, however often it writes", async () => {
    const files = new MemoryFileStore();
    const store = open(files);
    for (let step = 1; step <= 5; step++) {
      await store.write(makeCheckpoint(step), makeResume(step));
    }
    assert.equal(files.names(DIRECTORY).length, 3);
    assert.deepEqual(await open(files).read(), { kind: "checkpoint", checkpoint: makeCheckpoint(5) });
  });

  it("removes the binaries of the checkpoint that an earlier process wrote, and nothing that is not ours", async () => {
    const files = await written();
    files.put(`${DIRECTORY}/notes.bin`, "mine");
    await open(files).write(makeCheckpoint(2), makeResume(2));
    assert.equal(files.names(DIRECTORY).length, 4);
    assert.equal(files.text(`${DIRECTORY}/notes.bin`), "mine");
  });

  it("does not write the best weights again while they stay the same", async () => {
    const files = new MemoryFileStore();
    const store = open(files);
    await store.write(makeCheckpoint(1), makeResume(1));
    const paths: string[] = [];
    files.before = (operation, path) => {
      if (operation === "writeFileAtomically") {
        paths.push(path.slice(DIRECTORY.length + 1).split("-")[0] ?? "");
      }
    };
    await store.write(makeCheckpoint(1), makeResume(2));
    assert.deepEqual(paths, ["resume", "checkpoint.json"]);
  });

  it("writes the best weights again when somebody has removed them", async () => {
    const files = new MemoryFileStore();
    const store = open(files);
    await store.write(makeCheckpoint(1), makeResume(1));
    files.files.delete(binaryPath(files, "weights"));
    await store.write(makeCheckpoint(1), makeResume(2));
    assert.equal((await open(files).read()).kind, "checkpoint");
  });

  it("keeps the resume state when a write brings none, with its own weights and position", async () => {
    const files = new MemoryFileStore();
    const store = open(files);
    await store.write(makeCheckpoint(1), makeResume(1));
    await store.write(makeCheckpoint(2), null);
    assert.deepEqual(await open(files).readResume(), {
      kind: "resume",
      checkpoint: makeCheckpoint(2),
      resume: makeResume(1),
    });
  });

  it("does not mix the resume state of an earlier run into a new one", async () => {
    const files = await written();
    await open(files).write(makeCheckpoint(2), null);
    assert.equal((await open(files).read()).kind, "checkpoint");
    const resume = await open(files).readResume();
    assert.equal(resume.kind, "missing");
    assert.equal(files.names(DIRECTORY).length, 2);
  });

  it("carries out overlapping writes one after the other", async () => {
    const files = new MemoryFileStore();
    const store = open(files);
    await Promise.all([1, 2, 3].map((step) => store.write(makeCheckpoint(step), makeResume(step))));
    assert.deepEqual(await open(files).read(), { kind: "checkpoint", checkpoint: makeCheckpoint(3) });
    assert.equal(files.names(DIRECTORY).length, 3);
  });

  it("reads views that do not start at a multiple of four", async () => {
    const files = await written();
    const path = binaryPath(files, "weights");
    const bytes = files.files.get(path)?.bytes ?? new Uint8Array();
    const shifted = new Uint8Array(bytes.byteLength + 1);
    shifted.set(bytes, 1);
    files.readFile = (asked) =>
      Promise.resolve(asked === path ? shifted.subarray(1) : (files.files.get(asked)?.bytes ?? new Uint8Array()));
    assert.deepEqual(await open(files).read(), { kind: "checkpoint", checkpoint: makeCheckpoint(1) });
  });

  it("says what is missing when nothing is there", async () => {
    const read = await open(new MemoryFileStore()).read();
    assert.equal(read.kind, "missing");
    assert.match(read.message, /train a model into it first/);
  });

  it("refuses weights that do not fit the sizes, before it touches the disk", async () => {
    const files = await written();
    const wrong = makeCheckpoint(2, { weights: new Map([["embedding", new Float32Array(3)]]) });
    await assert.rejects(open(files).write(wrong, null), RangeError);
    assert.deepEqual(await open(files).read(), { kind: "checkpoint", checkpoint: makeCheckpoint(1) });
    assert.equal(files.names(DIRECTORY).length, 3);
  });

  it("refuses to write what it could not read back, and keeps the old checkpoint", async () => {
    const files = await written();
    const { progress } = makeCheckpoint(2);
    const broken = makeCheckpoint(2, { progress: { ...progress, validation: { tokens: 1, bytes: 1, nats: NaN } } });
    await assert.rejects(open(files).write(broken, makeResume(2)), /nats/);
    assert.deepEqual(await open(files).read(), { kind: "checkpoint", checkpoint: makeCheckpoint(1) });
    assert.equal(files.names(DIRECTORY).length, 3);
  });
});

describe("checkpointStore when the disk fails", () => {
  for (const code of ["diskFull", "fileUnwritable"] as const) {
    it(`leaves the old checkpoint whole and nothing else, wherever ${code} strikes a write`, async () => {
      const operations = await countOperations();
      assert.ok(operations >= 5, `only ${operations} operations`);
      for (let failing = 0; failing < operations; failing++) {
        await checkFailureAt(failing, code);
      }
    });
  }

  it("is usable again when the disk has room again", async () => {
    const files = await written();
    const store = open(files);
    failAt(files, 1, new LmError("diskFull", "full"));
    await assert.rejects(store.write(makeCheckpoint(2), makeResume(2)));
    files.before = () => undefined;
    await store.write(makeCheckpoint(3), makeResume(3));
    assert.deepEqual(await open(files).read(), { kind: "checkpoint", checkpoint: makeCheckpoint(3) });
    assert.equal(files.names(DIRECTORY).length, 3);
  });

  const CHANGING: readonly FileOperation[] = ["makeDirectory", "writeFileAtomically"];

  function failAt(files: MemoryFileStore, failing: number, error: LmError): void {
    let count = 0;
    let isBroken = false;
    files.before = (operation) => {
      if (operation === "removeFile") {
        return; // A full disk can still free room.
      }
      isBroken ||= count++ === failing;
      if (isBroken && CHANGING.includes(operation)) {
        throw error;
      }
    };
  }

  async function countOperations(): Promise<number> {
    const files = await written();
    let count = 0;
    let last = 0;
    files.before = (operation) => {
      if (operation !== "removeFile") {
        count++;
      }
      if (CHANGING.includes(operation)) {
        last = count;
      }
    };
    await open(files).write(makeCheckpoint(2), makeResume(2));
    return last;
  }

  async function checkFailureAt(failing: number, code: "diskFull" | "fileUnwritable"): Promise<void> {
    const files = await written();
    failAt(files, failing, new LmError(code, "the disk says no"));
    await assert.rejects(open(files).write(makeCheckpoint(2), makeResume(2)), (error) => {
      assert.ok(error instanceof LmError);
      assert.equal(error.code, code);
      return true;
    });
    files.before = () => undefined;
    const expected = { kind: "resume", checkpoint: makeCheckpoint(1), resume: makeResume(1) };
    assert.deepEqual(await open(files).readResume(), expected, `after failure at operation ${failing}`);
    assert.equal(files.names(DIRECTORY).length, 3, `after failure at operation ${failing}`);
  }
});

describe("checkpointStore with a reader and a writer at once", () => {
  it("reads the old or the new checkpoint whenever the writer strikes", async () => {
    const seen = new Set<number>();
    for (let strike = 0; strike < 12; strike++) {
      const files = await written();
      let count = 0;
      let isWriting = false;
      const list = files.stat.bind(files);
      files.stat = async (path) => {
        if (!isWriting && count++ === strike) {
          isWriting = true;
          await open(files).write(makeCheckpoint(2), makeResume(2));
        }
        return list(path);
      };
      const read = await open(files).readResume();
      assert.equal(read.kind, "resume", `strike ${strike}`);
      const step = read.checkpoint.progress.step;
      assert.deepEqual(read, { kind: "resume", checkpoint: makeCheckpoint(step), resume: makeResume(step) });
      seen.add(step);
    }
    assert.deepEqual([...seen].sort(), [1, 2]);
  });

  it("keeps what another trainer in the same directory has written but not named yet", async () => {
    const files = await written();
    const other = `${DIRECTORY}/weights-0123456789abcdef.bin`;
    files.put(other, "being written by another");
    await open(files).write(makeCheckpoint(2), makeResume(2));
    assert.ok(files.files.has(other));
    files.epochMs += 3_600_000;
    await open(files).write(makeCheckpoint(3), makeResume(3));
    assert.ok(!files.files.has(other), "an abandoned binary stays for ever");
  });
});
