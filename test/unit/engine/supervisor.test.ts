import assert from "node:assert/strict";
import { LmError } from "../../../src/base/errors.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../../../src/corpus/corpus.ts";
import { Supervisor } from "../../../src/engine/supervisor.ts";
import type { DoneEvent, EngineRequests, TrainJob } from "../../../src/protocol/engineMessages.ts";
import { createClient, serve } from "../../../src/protocol/requestChannel.ts";
import { createPortPair } from "../../fakes/portPair.ts";
import { RecordingLog } from "../../fakes/recordingLog.ts";

const JOB: TrainJob = {
  folders: [{ path: "/w", name: "w" }],
  unsaved: [],
  corpus: { ...DEFAULT_CORPUS_SETTINGS },
  out: "/m",
  options: {
    budgetSeconds: null,
    epochs: 1,
    tokenizer: "bpe",
    vocabularySize: null,
    hiddenSize: null,
    layerCount: null,
    backend: "auto",
    seed: 1,
    isResume: false,
  },
};

const DONE: DoneEvent = { type: "done", model: "/m", backend: "portable", device: "cpu", stopped: "cancelled" };

/** A supervisor whose workers train until they are cancelled. */
function setUp() {
  const outer = createPortPair();
  const pauses: boolean[] = [];
  const workers: { readonly die: (reason: string) => void; isEnded: boolean }[] = [];
  const startWorker = () => {
    const inner = createPortPair();
    const worker = { die: inner.close, isEnded: false };
    workers.push(worker);
    serve<EngineRequests>(inner.right, {
      describe: () => ({ backend: "portable", device: "cpu", tensorflow: null, reasons: ["test"] }),
      train: (_job, { emit, signal }) =>
        new Promise((resolve) => {
          emit({ type: "phase", phase: "training" });
          signal.addEventListener("abort", () => {
            resolve(DONE);
          });
        }),
      readGpus: () => ({ kind: "absent" }),
      evaluate: () => Promise.reject(new LmError("checkpointMissing", "train first")),
      timeNetwork: () => assert.fail("nobody asks for it"),
      timeTraining: () => assert.fail("nobody asks for it"),
      compare: () => assert.fail("nobody asks for it"),
      gradients: () => assert.fail("nobody asks for it"),
      trainLabeller: () => assert.fail("nobody asks for it"),
      languages: () => assert.fail("nobody asks for it"),
      evaluateLabeller: () => assert.fail("nobody asks for it"),
      applyLabeller: () => assert.fail("nobody asks for it"),
      trainFamily: () => assert.fail("nobody asks for it"),
      sampleFamily: () => assert.fail("nobody asks for it"),
      evaluateFamily: () => assert.fail("nobody asks for it"),
      explainFamily: () => assert.fail("nobody asks for it"),
      pauseTraining: (wanted) => {
        pauses.push(wanted.isPaused);
        return wanted;
      },
    });
    return {
      ...inner.left,
      dispose: () => {
        worker.isEnded = true;
      },
    };
  };
  const supervisor = new Supervisor({ port: outer.right, startWorker, log: new RecordingLog() });
  return { supervisor, workers, pauses, client: createClient<EngineRequests>(outer.left), closeOuter: outer.close };
}

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof LmError && error.code === code;
}

describe("Supervisor", () => {
  it("passes requests, events, cancellation and results between client and worker", async () => {
    const { client } = setUp();
    const controller = new AbortController();
    const phases: string[] = [];
    const training = client.request("train", JOB, {
      signal: controller.signal,
      onEvent: (event) => {
        phases.push(event.type);
        controller.abort();
      },
    });
    assert.deepEqual(await training, DONE);
    assert.deepEqual(phases, ["phase"]);
  });

  it("passes a worker's error on with its code", async () => {
    const { client } = setUp();
    await assert.rejects(
      client.request("evaluate", { model: "/m", paths: ["/f"], isFrozen: false }),
      hasCode("checkpointMissing"),
    );
  });

  it("runs one training at a time, and describes meanwhile", async () => {
    const { client } = setUp();
    const controller = new AbortController();
    const first = client.request("train", JOB, { signal: controller.signal });
    await assert.rejects(client.request("train", JOB), hasCode("trainingBusy"));
    assert.equal((await client.request("describe", { backend: "auto" })).backend, "portable");
    controller.abort();
    await first;
    const again = new AbortController();
    const second = client.request("train", JOB, { signal: again.signal });
    again.abort();
    assert.deepEqual(await second, DONE);
  });

  it("pauses and resumes the training that runs, and none where none does", async () => {
    const { client, pauses, workers } = setUp();
    assert.deepEqual(await client.request("pauseTraining", { isPaused: true }), { isPaused: false });
    assert.deepEqual([pauses.length, workers.length], [0, 0]);
    const controller = new AbortController();
    const training = client.request("train", JOB, { signal: controller.signal });
    assert.deepEqual(await client.request("pauseTraining", { isPaused: true }), { isPaused: true });
    assert.deepEqual(await client.request("pauseTraining", { isPaused: false }), { isPaused: false });
    assert.deepEqual([pauses, workers.length], [[true, false], 1]);
    await assert.rejects(
      client.request("pauseTraining", { isPaused: "yes" } as unknown as { readonly isPaused: boolean }),
      hasCode("protocolViolation"),
    );
    controller.abort();
    await training;
  });

  it("gives each choice of a backend a worker of its own, and no other", async () => {
    const { client, workers } = setUp();
    await client.request("describe", { backend: "auto" });
    await client.request("describe", { backend: "auto" });
    assert.equal(workers.length, 1);
    await client.request("describe", { backend: "portable" });
    assert.equal(workers.length, 2);
  });

  it("refuses a job of the wrong shape before it starts a worker", async () => {
    const { client, workers } = setUp();
    await assert.rejects(client.request("train", { ...JOB, folders: [] }), hasCode("protocolViolation"));
    assert.equal(workers.length, 0);
    const controller = new AbortController();
    controller.abort();
    assert.deepEqual(await client.request("train", JOB, { signal: controller.signal }), DONE);
  });

  it("settles what the worker dies under and starts another for the next request", async () => {
    const { client, workers } = setUp();
    const training = client.request("train", JOB, {
      onEvent: () => workers[0]?.die("The engine worker thread failed"),
    });
    await assert.rejects(training, hasCode("engineDied"));
    assert.equal((await client.request("describe", { backend: "auto" })).backend, "portable");
    assert.deepEqual(
      workers.map(({ isEnded }) => isEnded),
      [true, false],
    );
  });

  it("lets a training save itself before it finishes", async () => {
    const { client, supervisor, workers } = setUp();
    const training = client.request("train", JOB);
    await client.request("describe", { backend: "auto" });
    const finished = supervisor.finish();
    assert.deepEqual(await training, DONE, "whoever waits hears how it ended");
    await finished;
    const endedBefore = workers.map(({ isEnded }) => isEnded);
    supervisor.dispose();
    supervisor.dispose();
    const endedAfter = workers.map(({ isEnded }) => isEnded);
    assert.deepEqual([endedBefore, endedAfter], [[false], [true]]);
  });

  it("stops the training when nobody is there any more to ask for it", async () => {
    const { client, supervisor, closeOuter } = setUp();
    const training = client.request("train", JOB);
    await client.request("describe", { backend: "auto" });
    closeOuter("gone");
    await assert.rejects(training, hasCode("engineDied"));
    await supervisor.finish();
  });
});
