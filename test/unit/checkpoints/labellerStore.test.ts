import assert from "node:assert/strict";
import { createRng } from "../../../src/base/rng.ts";
import { LmError } from "../../../src/base/errors.ts";
import { openCheckpointStore } from "../../../src/checkpoints/checkpointStore.ts";
import {
  type LabellerTarget,
  readLabeller,
  type StoredLabeller,
  withLabellerDirectory,
  writeLabeller,
} from "../../../src/checkpoints/labellerStore.ts";
import { labellerWeights } from "../../../src/models/neural/labelling/labellerWeights.ts";
import { sha256 } from "../../../src/node/sha256.ts";
import { MemoryFileStore } from "../../fakes/memoryFileStore.ts";

const SPEC = {
  cell: "gru",
  directions: "both",
  head: "max",
  vocabularySize: 3,
  embeddingSize: 2,
  hiddenSize: 2,
  layerCount: 1,
  labelCount: 2,
  dropout: 0.3,
} as const;

function labellerOf(seed = 1): StoredLabeller {
  return {
    spec: SPEC,
    units: { kind: "char", fields: [["a", "b"]] },
    labels: ["x", "y"],
    stretchUnits: 256,
    origin: { seed },
    weights: labellerWeights(SPEC, createRng(seed)),
  };
}

function unreachable(): Promise<never> {
  return Promise.reject(new Error("nothing is to be done here"));
}

async function refuses(work: Promise<unknown>, code: LmError["code"], message: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof LmError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}

describe("A labeller in a directory", () => {
  let files = new MemoryFileStore();
  const context = () => ({ files, sha256 });
  const target = (directory: string): LabellerTarget => ({ directory, isEach: false, files });

  beforeEach(() => {
    files = new MemoryFileStore();
  });

  it("comes back as it was written, and the newer one replaces the older", async () => {
    await writeLabeller("/m", labellerOf(1), context());
    await writeLabeller("/m", labellerOf(2), context());
    assert.deepEqual(await readLabeller("/m", context()), labellerOf(2));
    assert.equal(files.names("/m").length, 2);
  });

  const manifest = (change: (text: string) => string): void => {
    files.put("/m/labeller.json", change(files.text("/m/labeller.json")));
  };

  for (const [what, change, message] of [
    ["is cut short", (text: string) => text.slice(0, 50), /no complete JSON/u],
    ["has other sizes", (text: string) => text.replace('"hiddenSize":2', '"hiddenSize":3'), /weights\.bytes/u],
    ["has a label too many", (text: string) => text.replace('["x","y"]', '["x","y","z"]'), /labelCount/u],
    ["has no cell of ours", (text: string) => text.replace('"gru"', '"foo"'), /spec\.cell/u],
    ["has pieces too many", (text: string) => text.replace('["a","b"]', '["a","b","c"]'), /vocabularySize/u],
    ["names a file elsewhere", (text: string) => text.replace(/labeller-[0-9a-f]+/u, "../x"), /weights\.name/u],
  ] as const) {
    it(`is refused where its manifest ${what}`, async () => {
      await writeLabeller("/m", labellerOf(), context());
      manifest(change);
      await refuses(readLabeller("/m", context()), "checkpointCorrupt", message);
    });
  }

  it("is refused where its weights are not what was written, or are gone", async () => {
    await writeLabeller("/m", labellerOf(), context());
    const name = files.names("/m").find((some) => some.endsWith(".bin")) ?? "";
    const bytes = files.files.get(`/m/${name}`)?.bytes.slice() ?? new Uint8Array();
    bytes[3] = (bytes[3] ?? 0) ^ 1;
    files.put(`/m/${name}`, bytes);
    await refuses(readLabeller("/m", context()), "checkpointCorrupt", /not what was written/u);
    files.put(`/m/${name}`, "short");
    await refuses(readLabeller("/m", context()), "checkpointCorrupt", /has 5 bytes/u);
    await files.removeFile(`/m/${name}`);
    await refuses(readLabeller("/m", context()), "checkpointCorrupt", /is missing/u);
  });

  it("is refused where it is of a newer Inkling, of another kind, or not there", async () => {
    await writeLabeller("/m", labellerOf(), context());
    manifest((text) => text.replace('"version":1', '"version":2'));
    await refuses(readLabeller("/m", context()), "checkpointVersion", /update Inkling/u);
    files.put("/m/labeller.json", "{}");
    await refuses(readLabeller("/m", context()), "checkpointForeign", /no tagger or classifier/u);
    await refuses(readLabeller("/n", context()), "checkpointMissing", /tag train/u);
  });

  it("does not go where something else is", async () => {
    files.put("/m/notes.txt", "mine");
    await refuses(withLabellerDirectory(target("/m"), unreachable), "checkpointForeign", /notes\.txt/u);
    await refuses(withLabellerDirectory(target("/m/notes.txt"), unreachable), "checkpointForeign", /not a directory/u);
    assert.equal(await withLabellerDirectory(target("/new"), () => Promise.resolve(1)), 1);
    assert.deepEqual(files.names("/new"), []);
  });

  it("does not go where the other kind is", async () => {
    await writeLabeller("/m", labellerOf(), context());
    const tagger = { ...target("/m"), isEach: true };
    await refuses(withLabellerDirectory(tagger, unreachable), "checkpointForeign", /holds a classifier/u);
    files.put("/m/labeller.json", "{");
    assert.equal(await withLabellerDirectory(tagger, () => Promise.resolve(1)), 1);
  });

  it("is one training's alone while that lasts, however it ends", async () => {
    const failed = withLabellerDirectory(target("/m"), async () => {
      await refuses(
        withLabellerDirectory(target("/m"), unreachable),
        "trainingBusy",
        /Another training \(process 1\)/u,
      );
      throw new LmError("cancelled", "enough");
    });
    await refuses(failed, "cancelled", /enough/u);
    await withLabellerDirectory(target("/m"), () => writeLabeller("/m", labellerOf(), context()));
    assert.equal(files.names("/m").length, 2);
  });

  it("takes away what a crash has left", async () => {
    files.put("/m/.labeller-0123456789abcdef.bin.1234.tmp", "half");
    files.put("/m/.DS_Store", "");
    await withLabellerDirectory(target("/m"), () => writeLabeller("/m", labellerOf(), context()));
    assert.ok(!files.names("/m").some((name) => name.endsWith("tmp")));
    assert.ok(files.names("/m").includes(".DS_Store"));
  });

  it("is no language model, and says why", async () => {
    await writeLabeller("/m", labellerOf(), context());
    const read = await openCheckpointStore("/m", files, sha256).read();
    assert.equal(read.kind, "missing");
    assert.match(read.message, /read what comes after.*Train a language model with `train`/su);
  });
});
