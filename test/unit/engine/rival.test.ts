import assert from "node:assert/strict";
import { openCheckpointStore } from "../../../src/checkpoints/checkpointStore.ts";
import { sha256 } from "../../../src/node/sha256.ts";
import { sourceText } from "../../integration/smallWorkspace.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";
import { cancelAfter, cancelAtPerplexity, JobBench } from "./jobBench.ts";

describe("The model that a fresh run would replace", function () {
  this.timeout(60_000);
  before(usePlainBackend);

  it("keeps the old model when a fresh run is cancelled before it was judged", async () => {
    const bench = new JobBench();
    await bench.train({ epochs: 1 });
    const before = await openCheckpointStore("/model", bench.files, sha256).read();
    await bench.train({ epochs: 50, seed: 2 }, cancelAfter(1));
    assert.deepEqual(await openCheckpointStore("/model", bench.files, sha256).read(), before);
  });

  for (const isEdited of [false, true]) {
    const where = isEdited ? "of the workspace before an edit" : "of the same workspace";
    it(`keeps the model ${where} when a fresh run is cancelled while it knows less`, async () => {
      const bench = new JobBench();
      await bench.train({ epochs: 200 }, cancelAtPerplexity(26));
      const before = await openCheckpointStore("/model", bench.files, sha256).read();
      if (isEdited) {
        bench.files.add("/w/added.js", sourceText(9).slice(0, 700));
      }
      const { done } = await bench.train({ epochs: 200, seed: 2 }, cancelAtPerplexity(31));
      assert.match(done.nothingLearnt ?? "", /^The earlier model is kept: this run ended before it knew/u);
      assert.deepEqual(await openCheckpointStore("/model", bench.files, sha256).read(), before);
    });

    it(`replaces the model ${where} when a fresh run is cancelled once it knows more`, async () => {
      const bench = new JobBench();
      await bench.train({ epochs: 200 }, cancelAtPerplexity(31));
      if (isEdited) {
        bench.files.add("/w/added.js", sourceText(9).slice(0, 700));
      }
      await bench.train({ epochs: 200, seed: 2 }, cancelAtPerplexity(26));
      const after = await openCheckpointStore("/model", bench.files, sha256).read();
      assert.ok(after.kind === "checkpoint");
      assert.equal(after.checkpoint.origin.seed, 2);
    });
  }

  it("takes a model that cannot be read for none", async () => {
    const bench = new JobBench();
    await bench.train({ epochs: 2 });
    await bench.damage("weights");
    await bench.train({ epochs: 200, seed: 2 }, cancelAtPerplexity(31));
    const after = await openCheckpointStore("/model", bench.files, sha256).read();
    assert.ok(after.kind === "checkpoint");
    assert.equal(after.checkpoint.origin.seed, 2);
  });
});
