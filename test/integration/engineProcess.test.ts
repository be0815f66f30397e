import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { LmError } from "../../src/base/errors.ts";
import { openCheckpointStore } from "../../src/checkpoints/checkpointStore.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../../src/corpus/corpus.ts";
import { EngineClient } from "../../src/node/engineClient.ts";
import { type ForkedProcess, forkProcess } from "../../src/node/forkedProcess.ts";
import { createNodeClock } from "../../src/node/nodeClock.ts";
import { createNodeFileStore } from "../../src/node/nodeFileStore.ts";
import { createNodeTimer } from "../../src/node/nodeTimer.ts";
import { sha256 } from "../../src/node/sha256.ts";
import type { DoneEvent, EngineRequests, TrainEvent, TrainJob } from "../../src/protocol/engineMessages.ts";
import { createClient } from "../../src/protocol/requestChannel.ts";
import { RecordingLog } from "../fakes/recordingLog.ts";
import { bundle } from "./distFolder.ts";
import { createSmallWorkspace, type SmallWorkspace } from "./smallWorkspace.ts";

describe("The engine process", function () {
  this.timeout(120_000);

  let small: SmallWorkspace;
  let client: EngineClient<EngineRequests>;
  let started: ForkedProcess[];

  before(async () => {
    small = await createSmallWorkspace();
  });

  after(() => small.remove());

  beforeEach(() => {
    started = [];
    client = new EngineClient<EngineRequests>({
      start: () => {
        const engine = forkProcess({
          name: "engine",
          entry: bundle("engine.cjs"),
          environment: {},
          log: new RecordingLog(),
        });
        started.push(engine);
        return engine;
      },
      clock: createNodeClock(),
      timer: createNodeTimer(),
      log: new RecordingLog(),
    });
  });

  afterEach(async () => {
    const ended = Promise.all(started.map(hasEnded));
    client.dispose();
    await ended;
  });

  /** A training that goes on until somebody ends it. */
  function endlessJob(out: string): TrainJob {
    return {
      folders: [{ path: small.workspace, name: "workspace" }],
      unsaved: [],
      corpus: { ...DEFAULT_CORPUS_SETTINGS },
      out: join(small.root, out),
      options: {
        budgetSeconds: null,
        epochs: 100_000,
        tokenizer: "char",
        vocabularySize: null,
        hiddenSize: 8,
        layerCount: 1,
        backend: "portable",
        seed: 1,
        isResume: false,
      },
    };
  }

  /** Starts an endless training and waits for its first event of a type. */
  async function trainUntil(type: TrainEvent["type"], job: TrainJob): Promise<Training> {
    const controller = new AbortController();
    let training: Promise<DoneEvent> | undefined;
    await new Promise<void>((resolve, reject) => {
      training = client.request("train", job, {
        signal: controller.signal,
        onEvent: (event) => {
          if (event.type === type) {
            resolve();
          }
        },
      });
      training.catch(reject);
    });
    assert.ok(training !== undefined);
    return { training, controller };
  }

  interface Training {
    readonly training: Promise<DoneEvent>;
    readonly controller: AbortController;
  }

  const readKind = async (out: string): Promise<string> => {
    const read = await openCheckpointStore(join(small.root, out), createNodeFileStore(), sha256).readResume();
    return read.kind;
  };

  const engineDied =
    (message: RegExp) =>
    (error: unknown): boolean =>
      error instanceof LmError && error.code === "engineDied" && message.test(error.message);

  it("describes the backend it was asked for", async () => {
    const description = await client.request("describe", { backend: "portable" });
    assert.equal(description.backend, "portable");
    assert.equal(description.device, "cpu");
    assert.equal(description.tensorflow, null);
  });

  it("settles the request it is killed under, says why, keeps the checkpoint whole, and is started again", async () => {
    const { training } = await trainUntil("checkpoint", endlessJob("killed"));
    process.kill(pidOf(started[0]), "SIGKILL");
    await assert.rejects(training, engineDied(/was killed \(SIGKILL\)/));
    const read = await openCheckpointStore(join(small.root, "killed"), createNodeFileStore(), sha256).read();
    assert.equal(read.kind, "checkpoint");
    assert.equal((await client.request("describe", { backend: "portable" })).backend, "portable");
    assert.equal(started.length, 2);
  });

  it("stops a training that is cancelled, and keeps what it needs to go on", async () => {
    const { training, controller } = await trainUntil("checkpoint", endlessJob("cancelled"));
    controller.abort();
    const done = await training;
    assert.deepEqual([done.type, done.stopped, done.backend], ["done", "cancelled", "portable"]);
    assert.equal(await readKind("cancelled"), "resume");
  });

  it("runs one training at a time, and answers while it trains", async () => {
    const { training, controller } = await trainUntil("progress", endlessJob("busy"));
    await assert.rejects(
      client.request("train", endlessJob("other")),
      (error) => error instanceof LmError && error.code === "trainingBusy",
    );
    assert.equal((await client.request("describe", { backend: "portable" })).backend, "portable");
    controller.abort();
    assert.equal((await training).stopped, "cancelled");
  });

  it("refuses a directory of the user's before it trains", async () => {
    const job = { ...endlessJob("x"), out: small.workspace };
    await assert.rejects(
      client.request("train", job),
      (error) => error instanceof LmError && error.code === "checkpointForeign",
    );
  });

  it("settles requests at once when it is disposed, and saves the training before it ends", async () => {
    const { training } = await trainUntil("checkpoint", endlessJob("disposed"));
    const ended = hasEnded(started[0]);
    client.dispose();
    await assert.rejects(training, engineDied(/closed on this side/));
    assert.match(await ended, /ended/);
    assert.equal(await readKind("disposed"), "resume");
  });

  for (const signal of ["SIGTERM", "SIGHUP"] as const) {
    it(`saves the training and answers before it ends when it gets ${signal}, however often`, async () => {
      const { training } = await trainUntil("checkpoint", endlessJob(signal));
      const ended = hasEnded(started[0]);
      for (let count = 0; count < 3; count++) {
        process.kill(pidOf(started[0]), signal);
      }
      assert.equal((await training).stopped, "cancelled");
      assert.match(await ended, /ended/);
      assert.equal(await readKind(signal), "resume");
      assert.ok(!(await readdir(join(small.root, signal))).includes("training.lock"));
    });
  }

  it("keeps another process's training out of its directory, and takes over after a death", async () => {
    const { training } = await trainUntil("progress", endlessJob("claimed"));
    const other = forkProcess({ name: "other", entry: bundle("engine.cjs"), environment: {}, log: new RecordingLog() });
    started.push(other);
    const otherClient = createClient<EngineRequests>(other);
    const short = { ...endlessJob("claimed"), options: { ...endlessJob("claimed").options, epochs: 1 } };
    await assert.rejects(
      otherClient.request("train", short),
      (error) =>
        error instanceof LmError &&
        error.code === "trainingBusy" &&
        error.message.includes(`process ${pidOf(started[0])}`),
    );
    process.kill(pidOf(started[0]), "SIGKILL");
    await assert.rejects(training, engineDied(/was killed/));
    assert.equal((await otherClient.request("train", short)).stopped, "epochs");
    other.dispose();
  });

  it("ends by itself when the process that started it is gone", async () => {
    const parentSource = `
      const { fork } = require("node:child_process");
      const options = { stdio: ["ignore", "inherit", "inherit", "ipc"], serialization: "advanced" };
      const engine = fork(${JSON.stringify(bundle("engine.cjs"))}, [], options);
      engine.on("message", () => console.log("answered"));
      engine.send({ kind: "request", id: 1, method: "describe", params: { backend: "portable" } });`;
    const parent = spawn(process.execPath, ["-e", parentSource], { stdio: ["ignore", "pipe", "inherit"] });
    await once(parent.stdout, "data");
    // The engine holds the same pipe, so that the pipe ends when both are gone.
    const pipeEnded = once(parent.stdout, "close");
    parent.kill("SIGKILL");
    await pipeEnded;
  });
});

function pidOf(engine: ForkedProcess | undefined): number {
  assert.ok(engine?.pid !== undefined);
  return engine.pid;
}

/** The reason of a process's end. */
function hasEnded(engine: ForkedProcess | undefined): Promise<string> {
  assert.ok(engine !== undefined);
  const isGone = (): boolean => {
    try {
      return !process.kill(pidOf(engine), 0);
    } catch {
      return true;
    }
  };
  return isGone() ? Promise.resolve("gone") : new Promise((resolve) => engine.onDidClose(resolve));
}
