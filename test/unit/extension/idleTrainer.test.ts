import assert from "node:assert/strict";
import { Emitter } from "../../../src/base/emitter.ts";
import { LmError } from "../../../src/base/errors.ts";
import { IDLE_MS, IdleTrainer } from "../../../src/extension/idleTrainer.ts";
import type { DoneEvent } from "../../../src/protocol/engineMessages.ts";
import { ManualTime } from "../../fakes/manualTime.ts";
import { RecordingLog } from "../../fakes/recordingLog.ts";

const MINUTE_MS = 60_000;

function endOf(stopped: DoneEvent["stopped"]): DoneEvent {
  return { type: "done", model: "/m", backend: "portable", device: "cpu", stopped };
}

/** A controller whose trainings end when a test, or `cancel`, says so. */
class PlayedController {
  readonly #didStart = new Emitter<void>();
  readonly #didEnd = new Emitter<DoneEvent | null>();
  #settle: { readonly resolve: (end: DoneEvent) => void; readonly reject: (error: Error) => void } | undefined;
  public readonly onDidStart = this.#didStart.event;
  public readonly onDidEnd = this.#didEnd.event;
  public startCount = 0;

  public get isTraining(): boolean {
    return this.#settle !== undefined;
  }

  public train(): Promise<DoneEvent> {
    this.startCount++;
    this.#didStart.fire();
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  public cancel(): void {
    void this.end("cancelled");
  }

  public async end(stopped: DoneEvent["stopped"]): Promise<void> {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#didEnd.fire(endOf(stopped));
    settle?.resolve(endOf(stopped));
    await turns();
  }

  public async fail(): Promise<void> {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#didEnd.fire(null);
    settle?.reject(new LmError("engineDied", "It died."));
    await turns();
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) {
    await Promise.resolve();
  }
}

function open(changes: { readonly isChanged?: boolean } = {}) {
  const time = new ManualTime();
  const controller = new PlayedController();
  const memory = { isChanged: changes.isChanged ?? false };
  const facts = { isWanted: true, isInUse: false, isPaused: false };
  const log = new RecordingLog();
  const trainer = new IdleTrainer({
    controller,
    isWanted: () => facts.isWanted,
    isInUse: () => facts.isInUse,
    isPaused: () => facts.isPaused,
    train: () => controller.train(),
    memory,
    clock: time,
    timer: time,
    log,
  });
  return { time, controller, memory, facts, log, trainer };
}

describe("Training while the window is idle", () => {
  it("begins once nobody has used the window for five minutes and a file has changed", () => {
    const { time, controller, trainer } = open();
    trainer.noteChange();
    time.advance(2 * MINUTE_MS);
    trainer.noteUse();
    time.advance(4 * MINUTE_MS);
    assert.equal(controller.startCount, 0);
    time.advance(MINUTE_MS - 1);
    assert.equal(controller.startCount, 0);
    time.advance(1);
    assert.equal(controller.startCount, 1);
  });

  it("begins for changes of an earlier session", () => {
    const { time, controller } = open({ isChanged: true });
    time.advance(IDLE_MS);
    assert.equal(controller.startCount, 1);
  });

  for (const [why, prepare] of [
    ["nothing has changed", ({ memory }) => (memory.isChanged = false)],
    ["it is switched off or there is no model", ({ facts }) => (facts.isWanted = false)],
    ["the window is in use without keys", ({ facts }) => (facts.isInUse = true)],
    ["a training runs that was ordered", ({ controller }) => void controller.train()],
  ] as readonly (readonly [string, (opened: ReturnType<typeof open>) => unknown])[]) {
    it(`does not begin while ${why}`, () => {
      const opened = open({ isChanged: true });
      prepare(opened);
      const { startCount } = opened.controller;
      opened.time.advance(IDLE_MS);
      opened.time.advance(IDLE_MS);
      assert.equal(opened.controller.startCount, startCount);
    });
  }

  it("stops at the next key, and goes on after the next rest", async () => {
    const { time, controller, trainer, memory } = open({ isChanged: true });
    time.advance(IDLE_MS);
    trainer.noteUse();
    assert.equal(controller.isTraining, false);
    await turns();
    assert.equal(memory.isChanged, true);
    time.advance(IDLE_MS - 1);
    assert.equal(controller.startCount, 1);
    time.advance(1);
    assert.equal(controller.startCount, 2);
  });

  it("leaves a training alone that was ordered, whatever is typed", () => {
    const { controller, trainer } = open();
    void controller.train();
    trainer.noteUse();
    assert.equal(controller.isTraining, true);
  });

  it("leaves its training to a person who has paused it", () => {
    const { time, controller, trainer, facts } = open({ isChanged: true });
    time.advance(IDLE_MS);
    facts.isPaused = true;
    trainer.noteUse();
    assert.equal(controller.isTraining, true);
  });

  it("makes way for a training that is ordered, and is over when that begins", async () => {
    const { time, controller, trainer } = open({ isChanged: true });
    time.advance(IDLE_MS);
    await trainer.makeWay();
    assert.equal(controller.isTraining, false);
    void controller.train();
    await trainer.makeWay();
    assert.equal(controller.isTraining, true);
  });

  it("trains once, and again only after use and changes", async () => {
    const { time, controller, trainer, memory } = open({ isChanged: true });
    time.advance(IDLE_MS);
    await controller.end("budget");
    assert.equal(memory.isChanged, false);
    trainer.noteUse();
    time.advance(2 * IDLE_MS);
    assert.equal(controller.startCount, 1);
    trainer.noteChange();
    time.advance(IDLE_MS);
    assert.equal(controller.startCount, 2);
  });

  it("does not train on and on where a program keeps changing files", async () => {
    const { time, controller, trainer, memory } = open({ isChanged: true });
    time.advance(IDLE_MS);
    trainer.noteChange();
    await controller.end("budget");
    assert.equal(memory.isChanged, true);
    trainer.noteChange();
    time.advance(5 * IDLE_MS);
    assert.equal(controller.startCount, 1);
    trainer.noteUse();
    time.advance(IDLE_MS);
    assert.equal(controller.startCount, 2);
  });

  for (const stopped of ["budget", "epochs", "converged"] as const) {
    it(`has nothing to do after a training that was ordered and ended by ${stopped}`, async () => {
      const { controller, memory } = open({ isChanged: true });
      void controller.train();
      await controller.end(stopped);
      assert.equal(memory.isChanged, false);
    });
  }

  it("remembers changes while a training ran, and those before one that was cancelled", async () => {
    const { controller, memory, trainer } = open();
    void controller.train();
    trainer.noteChange();
    await controller.end("budget");
    assert.equal(memory.isChanged, true);
    void controller.train();
    await controller.end("cancelled");
    assert.equal(memory.isChanged, true);
  });

  it("is not begun again by rest alone where a person cancelled it", async () => {
    const { time, controller, trainer } = open({ isChanged: true });
    time.advance(IDLE_MS);
    await controller.end("cancelled");
    trainer.noteUse();
    time.advance(2 * IDLE_MS);
    assert.equal(controller.startCount, 1);
  });

  it("tells the log alone when it fails, and does not try again without a change", async () => {
    const { time, controller, trainer, log } = open({ isChanged: true });
    time.advance(IDLE_MS);
    await controller.fail();
    trainer.noteUse();
    time.advance(2 * IDLE_MS);
    assert.equal(controller.startCount, 1);
    assert.ok(log.entries.some(({ level, message }) => level === "warning" && message.includes("It died.")));
  });

  it("does nothing any more once it is disposed", () => {
    const { time, controller, trainer } = open({ isChanged: true });
    trainer.dispose();
    time.advance(IDLE_MS);
    assert.equal(controller.startCount, 0);
  });
});
