import assert from "node:assert/strict";
import { createRng } from "../../../src/base/rng.ts";
import type { Checkpoint } from "../../../src/checkpoints/checkpoint.ts";
import { openCheckpointStore } from "../../../src/checkpoints/checkpointStore.ts";
import { sha256 } from "../../../src/node/sha256.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";
import { cancelAfter, cancelAtPerplexity, JobBench, type Trained } from "./jobBench.ts";

/** Files in words that no other file has. */
function addLedgers({ files }: JobBench): void {
  const words = ["settlement", "Counterparty", "Reconcile", "Quarterly", "Ledger", "Maturity", "Collateral"];
  const rng = createRng(2);
  const name = (): string => `${words[rng.nextInt(7)]}${words[rng.nextInt(7)]}`;
  for (let index = 0; index < 14; index++) {
    const lines = Array.from({ length: 20 }, () => `const ${name()} = ${name()}(${name()}, ${name()});\n`);
    files.add(`/w/n${index}.js`, lines.join(""));
  }
}

async function readCheckpoint({ files }: JobBench): Promise<Checkpoint> {
  const read = await openCheckpointStore("/model", files, sha256).read();
  assert.ok(read.kind === "checkpoint");
  return read.checkpoint;
}

function hasLearntAnew({ events }: Trained): boolean {
  return events.some((event) => event.type === "notice" && event.message.includes("learnt anew"));
}

describe("A training that goes on with changed files", function () {
  this.timeout(120_000);
  before(usePlainBackend);

  it("learns pieces anew where the files changed so much that fewer do, and begins with what the old ones learnt", async () => {
    const bench = new JobBench();
    await bench.train({ epochs: 6, vocabularySize: 300 });
    const before = await openCheckpointStore("/model", bench.files, sha256).read();
    addLedgers(bench);
    const again = await bench.train({ epochs: 6, isResume: true, vocabularySize: 300 });
    const notices = again.events.filter((event) => event.type === "notice").map(({ message }) => message);
    assert.ok(
      notices.some((message) => /fewer pieces with a vocabulary learnt anew: \d+ of its 300 pieces/u.test(message)),
      notices.join("\n"),
    );
    const after = await openCheckpointStore("/model", bench.files, sha256).read();
    assert.ok(before.kind === "checkpoint" && after.kind === "checkpoint");
    const texts = after.checkpoint.vocabulary.pieces.map((piece) => ("text" in piece ? piece.text : ""));
    assert.ok(texts.some((text) => text.includes("ettlement")));
    assert.notDeepEqual(after.checkpoint.vocabulary, before.checkpoint.vocabulary);
  });

  it("keeps the model where pieces learnt anew did not make it better", async () => {
    const bench = new JobBench();
    await bench.train({ epochs: 6, vocabularySize: 300 });
    const before = await openCheckpointStore("/model", bench.files, sha256).read();
    addLedgers(bench);
    // A rate at which nothing is learnt, and no other temperature.
    const settings = { learningRate: 1e-7, maxTemperature: 1 };
    const again = await bench.train({ epochs: 1, isResume: true, settings });
    assert.equal(again.done.stopped, "epochs");
    const after = await openCheckpointStore("/model", bench.files, sha256).read();
    assert.ok(before.kind === "checkpoint" && after.kind === "checkpoint");
    assert.deepEqual(after.checkpoint, before.checkpoint);
  });

  it("goes on with a model of fewer pieces than can be asked for, in a workspace that has grown", async () => {
    const bench = new JobBench({
      "/w/a.js": "let a = 1; quit(a)\nwhy(x, z)\nexport { x }\n",
      "/w/b.js": "for (k of JSON) vex(k)\nconst DIM = 7\n",
    });
    await bench.train({ epochs: 2, vocabularySize: null });
    addLedgers(bench);
    const again = await bench.train({ epochs: 2, isResume: true, vocabularySize: null });
    const [corpus] = again.events.filter((event) => event.type === "corpus");
    assert.ok(corpus !== undefined && corpus.vocabularySize > 256, String(corpus?.vocabularySize));
  });

  it("keeps its pieces where it is told to", async () => {
    const bench = new JobBench();
    await bench.train({ epochs: 1, vocabularySize: 300 });
    addLedgers(bench);
    const again = await bench.train({ epochs: 1, isResume: true, vocabularySize: 300, keepsPieces: true });
    assert.ok(!again.events.some((event) => event.type === "notice" && event.message.includes("learnt anew")));
  });

  it("keeps its pieces where the files changed a little", async () => {
    const bench = new JobBench();
    await bench.train({ epochs: 1, vocabularySize: 300 });
    const before = await openCheckpointStore("/model", bench.files, sha256).read();
    bench.files.add("/w/n.js", "const a = 1;\n");
    await bench.train({ epochs: 1, isResume: true, vocabularySize: 300 });
    const after = await openCheckpointStore("/model", bench.files, sha256).read();
    assert.ok(before.kind === "checkpoint" && after.kind === "checkpoint");
    assert.deepEqual(after.checkpoint.vocabulary, before.checkpoint.vocabulary);
  });

  it("keeps its pieces while a schedule is under way, and learns them anew when the next begins", async () => {
    const bench = new JobBench();
    const options = { epochs: 6, vocabularySize: 300 };
    await bench.train(options, cancelAfter(24));
    const { origin } = await readCheckpoint(bench);
    addLedgers(bench);
    const resumed = await bench.train({ ...options, isResume: true }, cancelAtPerplexity(200));
    assert.ok(!hasLearntAnew(resumed));
    const kept = (await readCheckpoint(bench)).origin;
    assert.notEqual(kept.corpusFingerprint, origin.corpusFingerprint);
    assert.equal(kept.vocabularyFingerprint, origin.corpusFingerprint);
    // What is given now was over when the run was stopped.
    assert.ok(hasLearntAnew(await bench.train({ ...options, epochs: 0.01, isResume: true }, cancelAfter(1))));
  });

  it("learns pieces anew also where a run that was to keep them went on with the files first", async () => {
    const bench = new JobBench();
    const options = { epochs: 1, vocabularySize: 300 };
    await bench.train(options);
    addLedgers(bench);
    assert.ok(!hasLearntAnew(await bench.train({ ...options, isResume: true, keepsPieces: true })));
    assert.ok(hasLearntAnew(await bench.train({ ...options, isResume: true }, cancelAfter(1))));
  });

  it("does not ask again about files that the pieces were found to fit", async () => {
    const bench = new JobBench();
    await bench.train({ epochs: 1, vocabularySize: 300 });
    bench.files.add("/w/n.js", "const a = 1;\n");
    await bench.train({ epochs: 1, isResume: true, vocabularySize: 300 });
    const { origin } = await readCheckpoint(bench);
    assert.equal(origin.vocabularyFingerprint, origin.corpusFingerprint);
  });
});
