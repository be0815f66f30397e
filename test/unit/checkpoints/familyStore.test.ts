import assert from "node:assert/strict";
import { createRng } from "../../../src/base/rng.ts";
import { LmError } from "../../../src/base/errors.ts";
import { openCheckpointStore } from "../../../src/checkpoints/checkpointStore.ts";
import {
  isFamilyDirectory,
  readFamily,
  readFamilyManifest,
  type StoredFamily,
  withFamilyDirectory,
  writeFamily,
} from "../../../src/checkpoints/familyStore.ts";
import { withLabellerDirectory } from "../../../src/checkpoints/labellerStore.ts";
import { DEFAULT_FAMILY_SPEC, type FamilySpec } from "../../../src/models/neural/family/familySpec.ts";
import { familyWeights } from "../../../src/models/neural/family/familyWeights.ts";
import { sha256 } from "../../../src/node/sha256.ts";
import { trainCharVocabulary } from "../../../src/tokens/trainCharVocabulary.ts";
import { WordVocabulary } from "../../../src/tokens/wordVocabulary.ts";
import { DEFAULT_RECIPE } from "../../../src/training/recipe.ts";
import { MemoryFileStore } from "../../fakes/memoryFileStore.ts";

const WORDS = new WordVocabulary(["a", "b"]);
const SPEC: FamilySpec = {
  ...DEFAULT_FAMILY_SPEC,
  kind: "qrnn",
  vocabularySize: WORDS.size,
  embeddingSize: 2,
  hiddenSize: 2,
};

function storedOf(seed = 1, changes: Partial<StoredFamily> = {}): StoredFamily {
  return {
    network: "qrnn",
    spec: SPEC,
    vocabulary: WORDS,
    recipe: { ...DEFAULT_RECIPE },
    progress: { step: 3, passes: 0.5, trainedTokens: 96, elapsedSeconds: 1.5 },
    figures: {
      validation: { tokens: 10, bytes: 20, nats: 7.5 },
      test: { tokens: 11, bytes: 22, nats: 8.5, firstCount: 4 },
    },
    origin: { seed, stopped: null },
    trainingPaths: ["w/a.txt"],
    validationPaths: ["w/b.txt"],
    weights: familyWeights(SPEC, createRng(seed)),
    ...changes,
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

describe("A network of the family in a directory", () => {
  let files = new MemoryFileStore();
  const context = () => ({ files, sha256 });
  const read = () => readFamily("/m", context());

  beforeEach(() => {
    files = new MemoryFileStore();
  });

  it("comes back as it was written, and the newer one replaces the older", async () => {
    await writeFamily("/m", storedOf(1), context());
    await writeFamily("/m", storedOf(2), context());
    const { tensors, vocabulary, ...rest } = await read();
    const { vocabulary: before, ...others } = storedOf(2);
    assert.deepEqual(rest, others);
    assert.deepEqual(vocabulary.serialize(), before.serialize());
    assert.equal(tensors.length, others.weights.size);
    assert.equal(files.names("/m").length, 2);
    assert.deepEqual((await readFamilyManifest("/m", files)).trainingPaths, ["w/a.txt"]);
  });

  it("may be of characters, and not scored yet", async () => {
    const vocabulary = trainCharVocabulary(["abc"], { vocabularySize: 64 });
    const spec = { ...SPEC, vocabularySize: vocabulary.size };
    const weights = familyWeights(spec, createRng(1));
    const figures = { ...storedOf().figures, test: null };
    await writeFamily("/m", storedOf(1, { spec, vocabulary, weights, figures }), context());
    const stored = await read();
    assert.equal(stored.figures.test, null);
    assert.deepEqual(stored.vocabulary.encode("cab"), vocabulary.encode("cab"));
  });

  const change = (edit: (text: string) => string): void => {
    const before = files.text("/m/family.json");
    assert.notEqual(edit(before), before);
    files.put("/m/family.json", edit(before));
  };

  for (const [what, edit, message] of [
    ["is cut short", (text: string) => text.slice(0, 50), /no complete JSON/u],
    ["has another kind", (text: string) => text.replace('"kind":"qrnn"', '"kind":"foo"'), /`spec\.kind`/u],
    ["makes no sense", (text: string) => text.replace('"layerCount":1', '"layerCount":0'), /layerCount is 0/u],
    ["has a word too many", (text: string) => text.replace('["a","b"]', '["a","b","c"]'), /vocabularySize/u],
    ["has a word twice", (text: string) => text.replace('["a","b"]', '["a","a"]'), /holds together/u],
    ["has figures that are none", (text: string) => text.replace('"nats":7.5', '"nats":null'), /validation\.nats/u],
    ["has other lengths", (text: string) => text.replace('"length":10', '"length":12'), /weights\.bytes/u],
    ["names a file elsewhere", (text: string) => text.replace(/family-[0-9a-f]+/u, "../x"), /weights\.name/u],
    ["has a size beyond all", (text: string) => text.replace('"depth":3', '"depth":1e9'), /spec\.depth/u],
  ] as const) {
    it(`is refused where its manifest ${what}`, async () => {
      await writeFamily("/m", storedOf(), context());
      change(edit);
      await refuses(read(), "checkpointCorrupt", message);
    });
  }

  it("is refused where its weights are not what was written, or are gone", async () => {
    await writeFamily("/m", storedOf(), context());
    const path = `/m/${files.names("/m").find((some) => some.endsWith(".bin")) ?? ""}`;
    const bytes = files.files.get(path)?.bytes.slice() ?? new Uint8Array();
    bytes[3] = (bytes[3] ?? 0) ^ 1;
    files.put(path, bytes);
    await refuses(read(), "checkpointCorrupt", /not what was written/u);
    await files.removeFile(path);
    await refuses(read(), "checkpointCorrupt", /is missing/u);
  });

  it("is refused where it is of a newer Inkling, of another kind, or not there", async () => {
    await writeFamily("/m", storedOf(), context());
    change((text) => text.replace('"version":1', '"version":2'));
    await refuses(read(), "checkpointVersion", /update Inkling/u);
    await refuses(withFamilyDirectory("/m", files, unreachable), "checkpointVersion", /update Inkling/u);
    files.put("/m/family.json", "{}");
    await refuses(read(), "checkpointForeign", /no network of the family/u);
    await refuses(readFamily("/n", context()), "checkpointMissing", /train --model NAME/u);
  });

  it("is read whole while a training replaces it", async () => {
    await writeFamily("/m", storedOf(1), context());
    const older = files.text("/m/family.json");
    await writeFamily("/m", storedOf(2), context());
    const newer = files.text("/m/family.json");
    // The older manifest is read just before the newer one and its binary take its place.
    files.put("/m/family.json", older);
    files.before = (operation, path) => {
      if (operation === "stat" && path.endsWith(".bin")) {
        files.before = () => undefined;
        files.put("/m/family.json", newer);
      }
    };
    assert.deepEqual((await read()).origin, { seed: 2, stopped: null });
  });

  it("stays as it was where what shall replace it could not be read back", async () => {
    await writeFamily("/m", storedOf(1), context());
    const figures = { ...storedOf().figures, validation: { tokens: 1, bytes: 1, nats: NaN } };
    await assert.rejects(writeFamily("/m", storedOf(2, { figures }), context()), /validation\.nats/u);
    assert.deepEqual((await read()).origin["seed"], 1);
  });

  it("has a directory of its own, for one training at a time", async () => {
    files.put("/c/checkpoint.json", "{}");
    await refuses(withFamilyDirectory("/c", files, unreachable), "checkpointForeign", /checkpoint\.json/u);
    await withFamilyDirectory("/m", files, async () => {
      await refuses(withFamilyDirectory("/m", files, unreachable), "trainingBusy", /Another training/u);
      await writeFamily("/m", storedOf(), context());
    });
    const labeller = { directory: "/m", isEach: true, files };
    await refuses(
      withLabellerDirectory(labeller, unreachable),
      "checkpointForeign",
      /holds no tagger .*it has family/u,
    );
    assert.ok(await isFamilyDirectory("/m", files));
    assert.ok(!(await isFamilyDirectory("/c", files)));
  });

  it("is no model for the predictor, which says why and what to do", async () => {
    await writeFamily("/m", storedOf(), context());
    const found = await openCheckpointStore("/m", files, sha256).read();
    assert.equal(found.kind, "missing");
    assert.match(
      found.message,
      /kernels for lstm, gru and rnn alone, of byte pairs or characters\. Train.*train --model lstm.*sample.*evaluate/su,
    );
    await assert.rejects(openCheckpointStore("/m", files, sha256).prepare(), /holds no Inkling checkpoint/u);
  });
});
