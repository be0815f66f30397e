import assert from "node:assert/strict";
import { LmError } from "../../../src/base/errors.ts";
import type { ResumeState } from "../../../src/checkpoints/checkpoint.ts";
import { openCheckpointStore } from "../../../src/checkpoints/checkpointStore.ts";
import { runEvaluateJob } from "../../../src/engine/evaluateJob.ts";
import { DEFAULT_GATE } from "../../../src/models/mixture/defaultGate.ts";
import { sha256 } from "../../../src/node/sha256.ts";
import type { EvaluateEvent, EvaluationEvent, NoticeEvent, TrainEvent } from "../../../src/protocol/engineMessages.ts";
import { restoreVocabulary } from "../../../src/tokens/restoreVocabulary.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";
import { cancelAfter, cancelAtPerplexity, JobBench } from "./jobBench.ts";

/** Leaves room on the disk for the model, and none for the state of its trainer. */
function fillDisk({ files }: JobBench): void {
  const write = files.writeFileAtomically.bind(files);
  files.writeFileAtomically = (path, chunks) =>
    path.includes("/resume-")
      ? Promise.reject(new LmError("diskFull", `No room to write ${path}.`))
      : write(path, chunks);
}

describe("runTrainJob", function () {
  this.timeout(60_000);
  before(usePlainBackend);

  it("resumes a cancelled run so that it ends exactly as if it had not been cancelled", async () => {
    const whole = new JobBench();
    await whole.train({ epochs: 3 });
    const broken = new JobBench();
    const cancelled = await broken.train({ epochs: 3 }, cancelAfter(16));
    assert.equal(cancelled.done.stopped, "cancelled");
    const resumed = await broken.train({ epochs: 3, isResume: true });
    assert.equal(resumed.done.stopped, "epochs");
    const [expected, actual] = [await whole.resumeState(), await broken.resumeState()];
    assert.deepEqual(actual.trainer["position"], expected.trainer["position"]);
    assert.deepEqual(actual.trainer["step"], expected.trainer["step"]);
    assert.deepEqual(actual.weights, expected.weights);
    assert.deepEqual(actual.optimizer, expected.optimizer);
  });

  it("resumes a cancelled run with the settings that it was given, but for those given now; a new schedule has the usual ones", async () => {
    const settings = { learningRate: 0.003, laneCount: 2, windowTokens: 12, maxDropout: 0.1 };
    const whole = new JobBench();
    await whole.train({ epochs: 2, settings });
    const broken = new JobBench();
    await broken.train({ epochs: 2, settings }, cancelAfter(60));
    await broken.train({ epochs: 2, isResume: true });
    assert.deepEqual((await broken.resumeState()).weights, (await whole.resumeState()).weights);
    const optionsOf = async ({ files }: JobBench) => {
      const read = await openCheckpointStore("/model", files, sha256).read();
      assert.ok(read.kind === "checkpoint");
      return read.checkpoint.origin.options;
    };
    const changed = new JobBench();
    await changed.train({ epochs: 2, settings }, cancelAfter(60));
    await changed.train({ epochs: 2, isResume: true, settings: { learningRate: 0.001 } });
    const { learningRate, maxDropout } = await optionsOf(changed);
    assert.deepEqual({ learningRate, maxDropout }, { learningRate: 0.001, maxDropout: 0.1 });
    await changed.train({ epochs: 1, isResume: true }, cancelAfter(1));
    assert.notEqual((await optionsOf(changed))["maxDropout"], 0.1);
  });

  it("reads files by the day of their change where that is asked for, and learns the same whatever it is where not", async () => {
    const weightsOf = async (dateOrder: number, { isDated }: { readonly isDated: boolean }) => {
      const bench = new JobBench();
      for (let index = 0; index < 6; index++) {
        const path = `/w/m${index}.js`;
        bench.files.add(path, bench.files.text(path) ?? "", isDated ? ((index * 5) % 6) * 86_400_000 : 0);
      }
      await bench.train({ epochs: 1, settings: { dateOrder, laneCount: 2, windowTokens: 16 } });
      return (await bench.resumeState()).weights;
    };
    assert.deepEqual(await weightsOf(0, { isDated: true }), await weightsOf(0, { isDated: false }));
    const [newestFirst, newestLast] = [await weightsOf(1, { isDated: true }), await weightsOf(2, { isDated: true })];
    assert.notDeepEqual(newestFirst, newestLast);
    assert.notDeepEqual(newestFirst, await weightsOf(1, { isDated: false }));
  });

  for (const cell of ["gru", "rnn"] as const) {
    it(`trains a ${cell}, which is evaluated, and gone on with as what it is`, async () => {
      const bench = new JobBench();
      const { events } = await bench.train({ epochs: 2, cell });
      const figures = events.filter((event) => event.type === "evaluation").map(({ bitsPerByte }) => bitsPerByte);
      assert.ok((figures.at(-1) ?? NaN) < (figures[0] ?? NaN), figures.join());
      const samples = events.filter((event) => event.type === "evaluation").map(({ isSample }) => isSample);
      assert.deepEqual(samples, [...samples.slice(1).fill(true), false]);
      const norms = events.filter((event) => event.type === "evaluation").map(({ recurrentNorm }) => recurrentNorm);
      assert.ok(
        norms.every((norm) => norm !== undefined && norm > 0 && norm < 100),
        norms.join(),
      );
      const read = await openCheckpointStore("/model", bench.files, sha256).read();
      assert.ok(read.kind === "checkpoint");
      assert.equal(read.checkpoint.spec.cell, cell);
      assert.ok(read.checkpoint.weights.has(`${cell}/0/recurrentKernel`));
      const again = await bench.train({ epochs: 2, isResume: true, cell: "lstm" }, cancelAfter(1));
      const notices = again.events.filter((event) => event.type === "notice").map(({ message }) => message);
      assert.ok(
        notices.some((message) =>
          message.startsWith(`Resuming keeps the model's model of ${cell}; lstm was asked for.`),
        ),
        notices.join("\n"),
      );
    });
  }

  it("trains an LSTM that reads matches, unless it is told not to, and goes on with either as what it is", async () => {
    for (const [given, expected] of [
      [{}, true],
      [{ readsMatches: false }, undefined],
    ] as const) {
      const bench = new JobBench();
      await bench.train({ epochs: 1, ...given });
      await bench.train({ epochs: 2, isResume: true });
      const read = await openCheckpointStore("/model", bench.files, sha256).read();
      assert.ok(read.kind === "checkpoint");
      assert.equal(read.checkpoint.spec.readsMatches, expected);
      assert.equal(read.checkpoint.weights.has("match/kernel"), expected === true);
      assert.equal(read.checkpoint.weights.has("match/bias"), expected === true);
    }
  });

  it("knows after a crash how good the weights are that were saved after the trainer's state", async () => {
    const bench = new JobBench();
    await bench.train({ epochs: 3 }, cancelAfter(12));
    const store = openCheckpointStore("/model", bench.files, sha256);
    const read = await store.readResume();
    assert.ok(read.kind === "resume" && read.checkpoint.progress.sample !== null);
    // As if a look after the last saving of the trainer's state had found weights that nothing beats.
    const { sample } = read.checkpoint.progress;
    const weights = new Map([...read.checkpoint.weights].map(([name, values]) => [name, values.map((x) => x + 0.25)]));
    const progress = { ...read.checkpoint.progress, sample: { ...sample, nats: 1 } };
    await store.write({ ...read.checkpoint, weights, progress }, null);
    await bench.train({ epochs: 3, isResume: true }, cancelAfter(24));
    const after = await openCheckpointStore("/model", bench.files, sha256).read();
    assert.ok(after.kind === "checkpoint");
    assert.deepEqual(after.checkpoint.weights, weights);
    assert.equal(after.checkpoint.progress.sample?.nats, 1);
  });

  it("has a state to go on from in its very first checkpoint", async () => {
    const bench = new JobBench();
    let first: Promise<ResumeState> | undefined;
    const onEvent = (event: TrainEvent): void => {
      first ??= event.type === "checkpoint" ? bench.resumeState() : undefined;
    };
    await bench.train({ epochs: 2 }, { onEvent });
    assert.ok(Number((await first)?.trainer["step"]) > 0);
  });

  it("gives its directory back whether it ends well or badly, and keeps another run's", async () => {
    const bench = new JobBench();
    await bench.train({ epochs: 1 });
    assert.equal(await bench.files.stat("/model/training.lock"), undefined);
    await assert.rejects(bench.train({ epochs: 1, vocabularySize: 9 }));
    bench.files.add("/model/training.lock", "somebody");
    for (const isResume of [false, true]) {
      await assert.rejects(
        bench.train({ epochs: 2, isResume }),
        (error) => error instanceof LmError && error.code === "trainingBusy",
      );
    }
    assert.notEqual(await bench.files.stat("/model/training.lock"), undefined);
  });

  it("refuses to resume where there is nothing, and leaves nothing behind", async () => {
    const bench = new JobBench();
    await assert.rejects(
      bench.train({ isResume: true }),
      (error) => error instanceof LmError && error.code === "checkpointMissing",
    );
    assert.equal(await bench.files.stat("/model"), undefined);
  });

  it("says what was found where there is nothing to learn from", async () => {
    const bench = new JobBench({ "/w/image.png": "\u0000\u0001\u0002" });
    await assert.rejects(
      bench.train({}),
      (error) => error instanceof LmError && error.code === "noDocuments" && error.message.length > 20,
    );
  });

  it("trains on one tiny file, holding out its end", async () => {
    const bench = new JobBench({ "/w/notes.txt": "open the valve and notify the crew\n".repeat(12) });
    const { done, events } = await bench.train({ epochs: 2 });
    assert.equal(done.stopped, "epochs");
    const evaluation = events.filter((event): event is EvaluationEvent => event.type === "evaluation").at(-1);
    assert.ok(evaluation !== undefined && Number.isFinite(evaluation.perplexity));
  });

  it("goes on and warns once where the disk is full, and fails at the end without harm to the old model", async () => {
    const bench = new JobBench();
    await bench.train({ epochs: 1 });
    const before = await openCheckpointStore("/model", bench.files, sha256).read();
    const events: TrainEvent[] = [];
    const fillDisk = (event: TrainEvent): void => {
      events.push(event);
      if (event.type === "corpus") {
        bench.files.freeBytes = 10;
      }
    };
    await assert.rejects(
      bench.train({ epochs: 6, seed: 3 }, { onEvent: fillDisk }),
      (error) => error instanceof LmError && error.code === "diskFull",
    );
    const warnings = events.filter(
      (event): event is NoticeEvent => event.type === "notice" && event.message.includes("could not be saved"),
    );
    assert.equal(warnings.length, 1);
    assert.deepEqual(await openCheckpointStore("/model", bench.files, sha256).read(), before);
  });

  for (const isResume of [false, true]) {
    it(`says what is true of ${isResume ? "an earlier" : "no"} state to go on from where the disk has room for the model alone`, async () => {
      const bench = new JobBench();
      if (isResume) {
        await bench.train({ epochs: 1 }, cancelAtPerplexity(200));
      }
      fillDisk(bench);
      const { events } = await bench.train({ epochs: 1, isResume });
      const said = events.flatMap((event) =>
        event.type === "notice" && event.message.startsWith("The model was saved") ? [event.message] : [],
      );
      assert.match(
        said.at(-1) ?? "",
        isResume ? /but not where its training stands: .* from step \d+,/u : /but cannot be gone on with/u,
      );
      const read = await openCheckpointStore("/model", bench.files, sha256).readResume();
      assert.equal(read.kind, isResume ? "resume" : "missing");
    });
  }

  it("refuses a vocabulary smaller than its alphabet, and an order without an end", async () => {
    await assert.rejects(
      new JobBench().train({ vocabularySize: 100 }),
      (error) => error instanceof LmError && error.code === "badArgument",
    );
    await assert.rejects(
      new JobBench().train({ epochs: null }),
      (error) => error instanceof LmError && error.code === "badArgument",
    );
  });

  it("stores the text that it trained on, and how far to trust counts and network, which it learnt on held-out files", async () => {
    const bench = new JobBench();
    await bench.train({ epochs: 2 });
    const store = openCheckpointStore("/model", bench.files, sha256);
    const [read, text] = [await store.read(), await store.readDocuments()];
    assert.ok(read.kind === "checkpoint" && text.kind === "documents");
    const { checkpoint } = read;
    assert.equal(text.documents?.length, checkpoint.trainingPaths.length);
    const vocabulary = restoreVocabulary(checkpoint.vocabulary);
    const texts = text.documents.map((document) => vocabulary.decode(document.subarray(0, -1)));
    const expected = checkpoint.trainingPaths.map((path) => bench.files.text(`/${path}`));
    assert.deepEqual(texts, expected);
    assert.ok(checkpoint.gate !== null);
    assert.notDeepEqual(checkpoint.gate, DEFAULT_GATE);
    const again = new JobBench();
    await again.train({ epochs: 2 });
    const second = await openCheckpointStore("/model", again.files, sha256).read();
    assert.deepEqual(second.kind === "checkpoint" && second.checkpoint.gate, checkpoint.gate);
  });

  it("leaves the mixture as it was when it is cancelled", async () => {
    const bench = new JobBench();
    const controller = new AbortController();
    await bench.train(
      { epochs: 1000 },
      {
        signal: controller.signal,
        onEvent: ({ type }) => {
          if (type === "checkpoint") {
            controller.abort();
          }
        },
      },
    );
    const read = await openCheckpointStore("/model", bench.files, sha256).read();
    assert.ok(read.kind === "checkpoint");
    assert.equal(read.checkpoint.gate, null);
  });

  it("is evaluated without its text where that is damaged, and not at all where its numbers are", async () => {
    const bench = new JobBench();
    await bench.train({ epochs: 1 });
    const messages: string[] = [];
    const context = {
      ...bench.context(),
      emit: (event: EvaluateEvent) => {
        messages.push(event.type === "notice" ? event.message : "");
      },
    };
    const job = { model: "/model", paths: ["/w/m1.js"], isFrozen: false };
    const whole = await runEvaluateJob(job, context);
    await bench.damage("documents");
    const rest = await runEvaluateJob(job, context);
    assert.ok(messages.some((message) => message.includes("damaged")));
    assert.deepEqual(rest.experts.lstm, whole.experts.lstm);
    assert.notDeepEqual(rest.experts.cache, whole.experts.cache);
    const store = openCheckpointStore("/model", bench.files, sha256);
    const read = await store.read();
    assert.ok(read.kind === "checkpoint");
    const weights = new Map([...read.checkpoint.weights].map(([key, values]) => [key, values.map(() => NaN)]));
    await store.write({ ...read.checkpoint, weights }, null);
    await assert.rejects(
      runEvaluateJob(job, context),
      (error) => error instanceof LmError && error.code === "checkpointCorrupt",
    );
  });

  it("reports on its held-out files what evaluating those files reports", async () => {
    const bench = new JobBench();
    const { events } = await bench.train({ epochs: 2 });
    const final = events.filter((event): event is EvaluationEvent => event.type === "evaluation").at(-1);
    const read = await openCheckpointStore("/model", bench.files, sha256).read();
    assert.ok(read.kind === "checkpoint" && final !== undefined);
    const paths = read.checkpoint.validationPaths.map((path) => `/${path}`);
    const result = await runEvaluateJob(
      { model: "/model", paths, isFrozen: false },
      { ...bench.context(), emit: () => undefined },
    );
    assert.equal(result.tokens, final.tokens);
    assert.equal(result.bytes, final.bytes);
    // What training reports is the network's figure.
    assert.ok(Math.abs(result.experts.lstm.nats - final.nats) < 1e-3 * final.nats);
  });
});
