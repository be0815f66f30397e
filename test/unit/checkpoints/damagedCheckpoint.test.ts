import assert from "node:assert/strict";
import type { MemoryFileStore } from "../../fakes/memoryFileStore.ts";
import { binaryPath, MANIFEST, open, written } from "./checkpointFixture.ts";

describe("checkpointStore with a damaged checkpoint", () => {
  const flip = (bytes: Uint8Array, at: number): Uint8Array =>
    bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
  const editManifest = (files: MemoryFileStore, edit: (manifest: Record<string, never>) => void): void => {
    const manifest = JSON.parse(files.text(MANIFEST)) as Record<string, never>;
    edit(manifest);
    files.put(MANIFEST, JSON.stringify(manifest));
  };
  const editBinary =
    (role: "weights" | "resume", edit: (bytes: Uint8Array) => Uint8Array) => (files: MemoryFileStore) => {
      const path = binaryPath(files, role);
      files.put(path, edit(files.files.get(path)?.bytes ?? new Uint8Array()));
    };
  const editField = (path: string, value: unknown) => (files: MemoryFileStore) => {
    editManifest(files, (manifest) => {
      const names = path.split(".");
      const last = names.pop() ?? "";
      const owner = names.reduce<Record<string, unknown>>((at, name) => at[name] as Record<string, unknown>, manifest);
      owner[last] = value;
    });
  };

  const rows: readonly (readonly [
    string,
    (files: MemoryFileStore) => void,
    "corrupt" | "foreign" | "version" | "missing",
    RegExp,
  ])[] = [
    [
      "a flipped bit in the first weight",
      editBinary("weights", (bytes) => flip(bytes, 0)),
      "corrupt",
      /content is not what was written/,
    ],
    [
      "a flipped bit in the last weight",
      editBinary("weights", (bytes) => flip(bytes, bytes.length - 1)),
      "corrupt",
      /content is not what was written/,
    ],
    ["truncated weights", editBinary("weights", (bytes) => bytes.slice(0, -4)), "corrupt", /bytes in place of/],
    ["empty weights", editBinary("weights", () => new Uint8Array()), "corrupt", /has 0 bytes/],
    [
      "weights that grew",
      editBinary("weights", (bytes) => new Uint8Array(bytes.length + 4)),
      "corrupt",
      /bytes in place of/,
    ],
    ["missing weights", (files) => files.files.delete(binaryPath(files, "weights")), "corrupt", /is missing/],
    [
      "a truncated manifest",
      (files) => {
        files.put(MANIFEST, files.text(MANIFEST).slice(0, 200));
      },
      "corrupt",
      /train again without resuming/,
    ],
    [
      "an empty manifest",
      (files) => {
        files.put(MANIFEST, "");
      },
      "corrupt",
      /checkpoint\.json/,
    ],
    [
      "a manifest of zero bytes' worth of zeros",
      (files) => {
        files.put(MANIFEST, new Uint8Array(100));
      },
      "corrupt",
      /checkpoint\.json/,
    ],
    [
      "a manifest of another tool",
      (files) => {
        files.put(MANIFEST, '{"model":"other"}');
      },
      "foreign",
      /not an Inkling checkpoint/,
    ],
    [
      "a manifest that is a list",
      (files) => {
        files.put(MANIFEST, "[]");
      },
      "foreign",
      /not an Inkling checkpoint/,
    ],
    [
      "a manifest that is null",
      (files) => {
        files.put(MANIFEST, "null");
      },
      "foreign",
      /not an Inkling checkpoint/,
    ],
    ["a newer version", editField("version", 2), "version", /update Inkling/],
    ["a version that never was", editField("version", 0), "corrupt", /version/],
    ["no version", editField("version", undefined), "corrupt", /version/],
    ["another cell", editField("spec.cell", "transformer"), "corrupt", /`spec\.cell`/],
    ["a negative size", editField("spec.hiddenSize", -1), "corrupt", /`spec\.hiddenSize`/],
    ["a size that no memory holds", editField("spec.hiddenSize", 1e9), "corrupt", /`spec\.hiddenSize`/],
    ["sizes that do not fit the weights", editField("spec.hiddenSize", 3), "corrupt", /`weights\.bytes`/],
    [
      "a vocabulary that does not fit the sizes",
      editField("vocabulary.pieces", []),
      "corrupt",
      /pieces\.length` is 0 in place of `spec\.vocabularySize`, 5\./,
    ],
    ["a piece of no kind", editField("vocabulary.pieces.2", {}), "corrupt", /`vocabulary\.pieces\[2\]\.mark`/],
    ["a byte piece out of range", editField("vocabulary.pieces.2", { byte: 256 }), "corrupt", /pieces\[2\]\.byte/],
    ["a merge of ids that do not exist", editField("vocabulary.merges", [[0, 5]]), "corrupt", /merges\[0\]\[1\]/],
    ["a merge of three", editField("vocabulary.merges", [[0, 1, 2]]), "corrupt", /merges\[0\]/],
    [
      "a vocabulary whose marks are out of place",
      editField("vocabulary.pieces.0", { mark: "end" }),
      "corrupt",
      /checkpoint\.json .* vocabulary does not hold together, as id 0 is not/,
    ],
    [
      "a vocabulary of another kind than its pieces",
      editField("vocabulary.kind", "bpe"),
      "corrupt",
      /vocabulary does not hold together/,
    ],
    ["progress of no number", editField("progress.step", null), "corrupt", /`progress\.step`/],
    [
      "validation without nats",
      editField("progress.validation", { tokens: 1, bytes: 1 }),
      "corrupt",
      /validation\.nats/,
    ],
    ["options that nest", editField("origin.options", { a: {} }), "corrupt", /options\.a/],
    ["paths that are no texts", editField("trainingPaths", [1]), "corrupt", /trainingPaths\[0\]/],
    ["a binary name that leads elsewhere", editField("weights.name", "../../etc/passwd"), "corrupt", /weights\.name/],
    ["no digest", editField("weights.sha256", ""), "corrupt", /weights\.sha256/],
    ["a resume entry of the wrong sizes", editField("resume.optimizer", []), "corrupt", /resume\.bytes/],
    ["a missing manifest", (files) => files.files.delete(MANIFEST), "missing", /no Inkling checkpoint/],
  ];

  for (const [title, damage, kind, message] of rows) {
    it(`answers ${kind} to ${title}`, async () => {
      const files = await written();
      damage(files);
      const read = await open(files).read();
      assert.equal(read.kind, kind);
      assert.match(read.message, message);
      assert.match(
        read.message,
        /\/models\/one.*; |\/models\/one.*\. Put back .* or train again/,
        "says where and what to do",
      );
      assert.doesNotMatch(read.message, /Expected/);
      assert.equal((await open(files).readResume()).kind, kind);
    });
  }

  const resumeOnly: readonly (readonly [string, (files: MemoryFileStore) => void])[] = [
    ["a flipped bit", editBinary("resume", (bytes) => flip(bytes, 40))],
    ["a truncated file", editBinary("resume", (bytes) => bytes.slice(4))],
    ["a missing file", (files) => files.files.delete(binaryPath(files, "resume"))],
  ];
  for (const [title, damage] of resumeOnly) {
    it(`still reads the model when the resume binary is damaged: ${title}`, async () => {
      const files = await written();
      damage(files);
      assert.equal((await open(files).read()).kind, "checkpoint");
      assert.equal((await open(files).readResume()).kind, "corrupt");
    });
  }
});
