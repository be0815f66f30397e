import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LmError } from "../../../src/base/errors.ts";
import { InklingState } from "../../../src/extension/inklingState.ts";
import { ModelFolder } from "../../../src/extension/modelFolder.ts";
import { ModelLoader } from "../../../src/extension/modelLoader.ts";
import { readSettings } from "../../../src/extension/settings.ts";
import { TrainingController, type EnginePort, type EngineTraining } from "../../../src/extension/trainingController.ts";
import { buildTrainJob } from "../../../src/extension/trainJob.ts";
import type { BackendDescription } from "../../../src/protocol/backendDescription.ts";
import type {
  DoneEvent,
  PauseParams,
  TrainEvent,
  TrainingMode,
  TrainJob,
} from "../../../src/protocol/engineMessages.ts";
import type { PredictorModelInfo } from "../../../src/protocol/predictorMessages.ts";
import { CORPUS, evaluationEvent, MODEL, progressEvent } from "./samplePoints.ts";

const BACKEND: BackendDescription = {
  backend: "portable",
  device: "cpu",
  tensorflow: null,
  reasons: ["No TensorFlow."],
};
const DONE: DoneEvent = { type: "done", model: "/m", backend: "portable", device: "cpu", stopped: "budget" };

const ORDERED = { mode: "background" } as const;

/** An engine that a test plays by hand. */
class PlayedEngine implements EnginePort {
  public emit: (event: TrainEvent) => void = () => undefined;
  public finish: (done: DoneEvent) => void = () => undefined;
  public fail: (error: Error) => void = () => undefined;
  public signal: AbortSignal | undefined;
  /** What it was asked to do, in order. */
  public readonly asked: string[] = [];
  readonly #started: () => void;
  public readonly hasStarted: Promise<void>;

  public constructor() {
    let started: () => void = () => undefined;
    this.hasStarted = new Promise((resolve) => (started = resolve));
    this.#started = started;
  }

  public describe(): Promise<BackendDescription> {
    return Promise.resolve(BACKEND);
  }

  public train(_job: TrainJob, { mode, signal, onEvent }: EngineTraining): Promise<DoneEvent> {
    this.asked.push(`train ${mode}`);
    this.signal = signal;
    this.emit = onEvent;
    this.#started();
    return new Promise((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
  }

  public pauseTraining(mode: TrainingMode, { isPaused }: PauseParams): Promise<void> {
    this.asked.push(`${isPaused ? "pause" : "resume"} ${mode}`);
    return Promise.resolve();
  }

  public dispose(): void {
    this.fail(new LmError("engineDied", "disposed"));
  }
}

describe("TrainingController", () => {
  let storage: string;

  beforeEach(() => {
    storage = mkdtempSync(join(tmpdir(), "inkling-extension-"));
  });

  afterEach(() => {
    rmSync(storage, { recursive: true, force: true });
  });

  function build(load: () => Promise<PredictorModelInfo> = () => Promise.resolve(MODEL)) {
    const engine = new PlayedEngine();
    const state = new InklingState();
    const folder = new ModelFolder(storage);
    const log = { write: () => undefined };
    const loads: string[] = [];
    const predictor = {
      load: (directory: string) => {
        loads.push(directory);
        return load();
      },
    };
    const loader = new ModelLoader({ predictor, state, log });
    const clock = { nowMs: () => 0, epochMs: () => 1000 };
    const controller = new TrainingController({ engine, loader, state, folder, clock, log });
    return { engine, state, folder, loader, loads, controller };
  }

  function job(isContinuing = false): TrainJob {
    const settings = readSettings(() => undefined);
    return buildTrainJob({
      folders: [],
      unsaved: [],
      editorExcludes: [],
      settings,
      overrides: { isContinuing },
      out: join(storage, "model"),
    });
  }

  it("shows the run while it lasts, and the model when it is over", async () => {
    const { engine, state, controller, folder, loads } = build();
    const running = controller.train(job(), ORDERED);
    await engine.hasStarted;
    assert.equal(state.status.activity, "training");
    assert.deepEqual(state.status.backend, BACKEND);
    engine.emit(CORPUS);
    engine.emit(progressEvent({ fraction: 0.4 }));
    engine.emit(evaluationEvent());
    engine.emit({ type: "checkpoint", step: 10 });
    assert.equal(state.status.fraction, 0.4);
    assert.equal(state.status.validation?.tokens, 1000);
    engine.finish(DONE);
    assert.deepEqual(await running, DONE);
    assert.equal(state.status.activity, "idle");
    assert.deepEqual(state.status.model, MODEL);
    assert.equal(state.history.stopped, "budget");
    assert.equal(loads.at(-1), folder.directory);
    const kept = await new ModelFolder(storage).readHistory();
    assert.equal(kept.progress.length, 1);
  });

  it("leaves the history on the disk as it was until there is a checkpoint", async () => {
    const { engine, controller, folder } = build();
    await folder.writeHistory({ ...(await folder.readHistory()), startedEpochMs: 5 });
    const running = controller.train(job(), ORDERED);
    await engine.hasStarted;
    engine.emit(progressEvent());
    engine.finish({ ...DONE, stopped: "cancelled" });
    await running;
    assert.equal((await folder.readHistory()).startedEpochMs, 5);
  });

  for (const [end, isContinuing] of [
    ["was cancelled", false],
    ["was cancelled", true],
    ["failed", false],
  ] as const) {
    it(`shows the figures of the model that is there after a ${isContinuing ? "continued" : "new"} run that ${end}`, async () => {
      const { engine, state, controller, loader, folder } = build();
      state.record(CORPUS);
      state.record(progressEvent({ step: 93 }));
      state.record(evaluationEvent({ isFinal: true }));
      const kept = state.history;
      await loader.load(folder.directory);
      const running = controller.train(job(isContinuing), ORDERED);
      await engine.hasStarted;
      engine.emit(progressEvent({ step: 99, lossNats: 9 }));
      engine.emit(evaluationEvent({ step: 99, nats: 9000 }));
      assert.notDeepEqual(state.history.evaluations, kept.evaluations);
      if (end === "failed") {
        engine.fail(new LmError("engineDied", "Killed."));
        await assert.rejects(running);
      } else {
        engine.finish({ ...DONE, stopped: "cancelled", nothingLearnt: "The earlier model is kept." });
        await running;
      }
      const notices = end === "failed" ? [] : ["The earlier model is kept."];
      assert.deepEqual(state.history, { ...kept, notices });
      assert.deepEqual(state.status.validation, kept.evaluations[0]);
      assert.equal(state.status.progress?.step, 93);
    });
  }

  it("shows the course of a run that left nothing where there is no model", async () => {
    const { engine, state, controller } = build();
    const running = controller.train(job(), ORDERED);
    await engine.hasStarted;
    engine.emit(progressEvent());
    engine.finish({ ...DONE, stopped: "cancelled" });
    await running;
    assert.equal(state.history.progress.length, 1);
  });

  it("refuses a second training while one runs", async () => {
    const { engine, controller } = build();
    const running = controller.train(job(), ORDERED);
    await engine.hasStarted;
    await assert.rejects(controller.train(job(), ORDERED), { code: "trainingBusy" });
    engine.finish(DONE);
    await running;
    assert.equal(controller.isTraining, false);
  });

  it("passes cancelling on and is idle again without a failure", async () => {
    const { engine, state, controller } = build();
    const running = controller.train(job(), ORDERED);
    await engine.hasStarted;
    controller.cancel();
    assert.equal(state.status.activity, "cancelling");
    assert.equal(engine.signal?.aborted, true);
    engine.finish({ ...DONE, stopped: "cancelled" });
    assert.equal((await running).stopped, "cancelled");
    assert.deepEqual([state.status.activity, state.status.failure], ["idle", null]);
  });

  it("pauses and resumes, and shows that the run stands still when it does", async () => {
    const { engine, state, controller } = build();
    const running = controller.train(job(), ORDERED);
    await engine.hasStarted;
    controller.pause();
    controller.pause();
    assert.equal(state.status.activity, "pausing");
    engine.emit(progressEvent({ fraction: 0.4 }));
    assert.equal(state.status.activity, "pausing");
    engine.emit({ type: "pause", isPaused: true });
    assert.deepEqual([state.status.activity, state.status.fraction], ["paused", 0.4]);
    controller.resume();
    assert.equal(state.status.activity, "training");
    engine.emit({ type: "pause", isPaused: false });
    assert.equal(state.status.activity, "training");
    assert.deepEqual(engine.asked, ["train background", "pause background", "resume background"]);
    engine.finish(DONE);
    await running;
  });

  it("passes a pause on with the order where the engine is still starting", async () => {
    const { engine, state, controller } = build();
    const running = controller.train(job(), ORDERED);
    controller.pause();
    assert.deepEqual([state.status.activity, engine.asked], ["pausing", []]);
    await engine.hasStarted;
    assert.deepEqual(engine.asked, ["train background", "pause background"]);
    engine.finish(DONE);
    await running;
  });

  it("cancels a run that is paused, and does not call it training any more", async () => {
    const { engine, state, controller } = build();
    const running = controller.train(job(), ORDERED);
    await engine.hasStarted;
    controller.pause();
    engine.emit({ type: "pause", isPaused: true });
    controller.cancel();
    engine.emit({ type: "pause", isPaused: false });
    assert.equal(state.status.activity, "cancelling");
    controller.resume();
    assert.deepEqual([state.status.activity, engine.asked.length], ["cancelling", 2]);
    engine.finish({ ...DONE, stopped: "cancelled" });
    await running;
    assert.equal(state.status.activity, "idle");
  });

  it("has nothing to pause where nothing runs", () => {
    const { engine, state, controller } = build();
    controller.pause();
    controller.resume();
    assert.deepEqual([state.status.activity, engine.asked], ["idle", []]);
  });

  it("tells when a training begins and how it ended", async () => {
    const { engine, controller } = build();
    const told: string[] = [];
    controller.onDidStart(() => told.push("start"));
    controller.onDidEnd((end) => told.push(end?.stopped ?? "failed"));
    const running = controller.train(job(), ORDERED);
    await engine.hasStarted;
    engine.finish(DONE);
    await running;
    const failing = controller.train(job(), ORDERED);
    await new Promise((resolve) => setImmediate(resolve));
    engine.fail(new LmError("engineDied", "The engine was killed."));
    await assert.rejects(failing);
    assert.deepEqual(told, ["start", "budget", "start", "failed"]);
  });

  it("keeps the failure of a run in the status until the next run", async () => {
    const { engine, state, controller } = build();
    const running = controller.train(job(), ORDERED);
    await engine.hasStarted;
    engine.fail(new LmError("engineDied", "The engine was killed."));
    await assert.rejects(running, { code: "engineDied" });
    assert.equal(state.status.activity, "idle");
    assert.equal(state.status.failure?.code, "engineDied");
    assert.match(state.status.failure.text, /last checkpoint is kept.*The engine was killed\./);
    const next = controller.train(job(), ORDERED);
    assert.equal(state.status.failure, null);
    await engine.hasStarted;
    await new Promise((resolve) => setImmediate(resolve));
    engine.finish(DONE);
    await next;
  });

  it("sets files aside that are no model, and deletes none of them", async () => {
    const { engine, loader, controller, folder } = build(() =>
      Promise.reject(new LmError("checkpointForeign", "Not a model.")),
    );
    mkdirSync(folder.directory);
    writeFileSync(join(folder.directory, "thesis.txt"), "irreplaceable");
    await loader.load(folder.directory);
    assert.equal(loader.isUnreadable, true);
    const running = controller.train(job(), ORDERED);
    await engine.hasStarted;
    assert.equal(existsSync(folder.directory), false);
    assert.equal(existsSync(join(storage, "model-set-aside-1", "thesis.txt")), true);
    engine.finish(DONE);
    await running;
  });

  it("leaves a damaged model where it is when a run was to go on from it", async () => {
    const { engine, loader, controller, folder } = build(() =>
      Promise.reject(new LmError("checkpointCorrupt", "Damaged.")),
    );
    mkdirSync(folder.directory);
    await loader.load(folder.directory);
    const running = controller.train(job(true), ORDERED);
    await engine.hasStarted;
    assert.equal(existsSync(folder.directory), true);
    engine.finish(DONE);
    await running;
  });
});

describe("ModelLoader", () => {
  it("loads once more, and only once, for all checkpoints that came meanwhile", async () => {
    const pending: ((model: PredictorModelInfo) => void)[] = [];
    const state = new InklingState();
    const predictor = { load: () => new Promise<PredictorModelInfo>((resolve) => pending.push(resolve)) };
    const loader = new ModelLoader({ predictor, state, log: { write: () => undefined } });
    loader.reload("/m");
    loader.reload("/m");
    loader.reload("/m");
    assert.equal(pending.length, 1);
    pending[0]?.({ ...MODEL, step: 1 });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(pending.length, 2);
    pending[1]?.({ ...MODEL, step: 2 });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(pending.length, 2);
    assert.equal(state.status.model?.step, 2);
  });

  it("keeps the model that was there when a newer one cannot be read", async () => {
    const answers = [Promise.resolve(MODEL), Promise.reject(new LmError("checkpointCorrupt", "Damaged."))];
    const state = new InklingState();
    const loader = new ModelLoader({
      predictor: { load: () => answers.shift() ?? Promise.reject(new Error()) },
      state,
      log: { write: () => undefined },
    });
    await loader.load("/m");
    assert.equal(await loader.load("/m"), undefined);
    assert.deepEqual(state.status.model, MODEL);
    assert.equal(loader.problem?.code, "checkpointCorrupt");
  });
});
