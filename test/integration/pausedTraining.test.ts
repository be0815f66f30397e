import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { openCheckpointStore, type ResumeRead } from "../../src/checkpoints/checkpointStore.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../../src/corpus/corpus.ts";
import { EngineClient } from "../../src/node/engineClient.ts";
import { type ForkedProcess, forkProcess } from "../../src/node/forkedProcess.ts";
import { createNodeClock } from "../../src/node/nodeClock.ts";
import { createNodeFileStore } from "../../src/node/nodeFileStore.ts";
import { createNodeTimer } from "../../src/node/nodeTimer.ts";
import { sha256 } from "../../src/node/sha256.ts";
import type { DoneEvent, EngineRequests, TrainEvent, TrainJob } from "../../src/protocol/engineMessages.ts";
import { RecordingLog } from "../fakes/recordingLog.ts";
import { skipAloud } from "../skipAloud.ts";
import { bundle } from "./distFolder.ts";
import { createSmallWorkspace, type SmallWorkspace } from "./smallWorkspace.ts";

/** Longer than the budget, so that a budget that ran on would be over. */
const BUDGET_SECONDS = 6;
const PAUSE_MS = 7000;

type EventOf<T extends TrainEvent["type"]> = Extract<TrainEvent, { readonly type: T }>;

/** A training of which a test can wait for what comes. */
class Watched {
  public readonly events: TrainEvent[] = [];
  public readonly controller = new AbortController();
  readonly #waiting = new Set<() => void>();
  public done: Promise<DoneEvent>;

  public constructor(client: EngineClient<EngineRequests>, job: TrainJob) {
    this.done = client.request("train", job, {
      signal: this.controller.signal,
      onEvent: (event) => {
        this.events.push(event);
        this.#waiting.forEach((look) => {
          look();
        });
      },
    });
    this.done.catch(() => undefined);
  }

  /** The first event of a type behind the first `from` events, now or when it comes. */
  public async next<T extends TrainEvent["type"]>(type: T, from = this.events.length): Promise<EventOf<T>> {
    const find = (): TrainEvent | undefined => this.events.slice(from).find((event) => event.type === type);
    const found = new Promise<EventOf<T>>((resolve) => {
      const look = (): void => {
        const event = find();
        if (event !== undefined) {
          this.#waiting.delete(look);
          resolve(event as EventOf<T>);
        }
      };
      this.#waiting.add(look);
      look();
    });
    const ended = this.done.then(() => assert.fail(`the training ended before it told of "${type}"`));
    return Promise.race([found, ended]);
  }
}

describe("A training that is paused", function () {
  this.timeout(120_000);

  let small: SmallWorkspace;
  let client: EngineClient<EngineRequests>;
  let engine: ForkedProcess | undefined;

  before(async () => {
    small = await createSmallWorkspace();
  });

  after(() => small.remove());

  beforeEach(() => {
    client = new EngineClient<EngineRequests>({
      start: () => {
        const log = new RecordingLog();
        engine = forkProcess({ name: "engine", entry: bundle("engine.cjs"), environment: {}, log });
        return engine;
      },
      clock: createNodeClock(),
      timer: createNodeTimer(),
      log: new RecordingLog(),
    });
  });

  afterEach(() => {
    client.dispose();
  });

  function jobTo(out: string, budgetSeconds: number): TrainJob {
    return {
      folders: [{ path: small.workspace, name: "workspace" }],
      unsaved: [],
      corpus: { ...DEFAULT_CORPUS_SETTINGS },
      out: join(small.root, out),
      options: {
        budgetSeconds,
        epochs: null,
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

  const readResume = (out: string): Promise<ResumeRead> =>
    openCheckpointStore(join(small.root, out), createNodeFileStore(), sha256).readResume();

  async function pause(training: Watched): Promise<void> {
    const from = training.events.length;
    assert.deepEqual(await client.request("pauseTraining", { isPaused: true }), { isPaused: true });
    assert.equal((await training.next("pause", from)).isPaused, true);
  }

  it("stands still, uses none of its budget, and goes on to its end", async () => {
    const clock = createNodeClock();
    const beganMs = clock.nowMs();
    const training = new Watched(client, jobTo("resumed", BUDGET_SECONDS));
    const before = await training.next("progress");
    await pause(training);
    const seenCount = training.events.length;
    // Time itself is what is tested.
    await delay(PAUSE_MS);
    assert.equal(training.events.length, seenCount, "nothing happens while it stands");
    assert.deepEqual(await client.request("pauseTraining", { isPaused: false }), { isPaused: false });
    const after = await training.next("progress", seenCount);
    assert.ok(after.step > before.step, "it takes more steps");
    const gapSeconds = after.elapsedSeconds - before.elapsedSeconds;
    assert.ok(gapSeconds < PAUSE_MS / 2000, `the run's time went on by ${gapSeconds} s, not by the pause's`);
    assert.equal((await training.done).stopped, "budget");
    const lastProgress = training.events.findLast(({ type }) => type === "progress") as EventOf<"progress">;
    const { elapsedSeconds } = lastProgress;
    assert.ok(elapsedSeconds > BUDGET_SECONDS / 2, `it used its budget: ${elapsedSeconds} s`);
    assert.ok(elapsedSeconds < BUDGET_SECONDS + 1, `and no more: ${elapsedSeconds} s`);
    const tookMs = clock.nowMs() - beganMs;
    assert.ok(tookMs > PAUSE_MS + 500 * BUDGET_SECONDS, `the whole took ${tookMs} ms`);
    assert.deepEqual(
      training.events.flatMap((event) => (event.type === "pause" ? [event.isPaused] : [])),
      [true, false],
    );
  });

  it("can be cancelled while it stands, and has saved what it needs to go on", async () => {
    const training = new Watched(client, jobTo("cancelled", 600));
    await training.next("checkpoint");
    await pause(training);
    training.controller.abort();
    assert.equal((await training.done).stopped, "cancelled");
    assert.equal((await readResume("cancelled")).kind, "resume");
    assert.deepEqual(await client.request("pauseTraining", { isPaused: true }), { isPaused: false });
  });

  it("loses nothing where its process is killed while it stands", async () => {
    const training = new Watched(client, jobTo("killed", 600));
    await training.next("checkpoint");
    await training.next("progress");
    await pause(training);
    const last = training.events.findLast(({ type }) => type === "progress") as EventOf<"progress">;
    engine?.kill();
    await assert.rejects(training.done);
    const read = await readResume("killed");
    assert.ok(read.kind === "resume");
    assert.ok(Number(read.resume.trainer["step"]) >= last.step, "the state is that of the step before the pause");
  });

  it("by Ctrl+Z leaves the terminal to others, and goes on with `fg`", async function () {
    if (process.platform !== "linux") {
      skipAloud(this, "the state of a process is read from /proc");
    }
    const args = ["train", small.workspace, "--out", join(small.root, "suspended"), "--hidden", "16", "--json"];
    const child = spawn(
      process.execPath,
      [bundle("cli.cjs"), ...args, "--backend", "portable", "--budget", `${BUDGET_SECONDS}s`],
      { detached: true, stdio: ["ignore", "pipe", "inherit"] },
    );
    const group = -Number(child.pid);
    const exited = once(child, "exit");
    const lines: TrainEvent[] = [];
    for await (const text of createInterface({ input: child.stdout })) {
      const line = JSON.parse(text) as TrainEvent;
      if (line.type === "progress" && !lines.some(({ type }) => type === "progress")) {
        process.kill(group, "SIGTSTP");
      } else if (line.type === "pause" && line.isPaused) {
        await stopped(Number(child.pid));
        // Time itself is what is tested.
        await delay(PAUSE_MS);
        process.kill(group, "SIGCONT");
      }
      lines.push(line);
    }
    assert.deepEqual(await exited, [0, null]);
    assert.deepEqual(
      lines.flatMap((event) => (event.type === "pause" ? [event.isPaused] : [])),
      [true, false],
    );
    const { elapsedSeconds } = lines.findLast(({ type }) => type === "progress") as EventOf<"progress">;
    assert.ok(elapsedSeconds < BUDGET_SECONDS + 1, `${elapsedSeconds} s`);
    const behindPause = lines.slice(lines.findIndex(({ type }) => type === "pause"));
    assert.ok(
      behindPause.some(({ type }) => type === "progress"),
      "steps were taken after the pause",
    );
    assert.equal((lines.at(-1) as DoneEvent).stopped, "budget");
  });
});

/** Waits until the system says that a process is stopped. */
async function stopped(pid: number): Promise<void> {
  const stateOf = (): string => /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1] ?? "";
  while (stateOf() !== "T") {
    await delay(10);
  }
}
