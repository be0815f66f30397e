import assert from "node:assert/strict";
import { TrainPause } from "../../../src/cli/trainPause.ts";
import type { EngineRequests, PauseParams } from "../../../src/protocol/engineMessages.ts";
import type { RequestClient } from "../../../src/protocol/requestChannel.ts";

function open(answer: (wanted: PauseParams) => PauseParams = (wanted) => wanted) {
  const asked: boolean[] = [];
  const request = (_method: string, wanted: PauseParams): Promise<PauseParams> => {
    asked.push(wanted.isPaused);
    return Promise.resolve(answer(wanted));
  };
  const engine = { request, dispose: () => undefined } as unknown as RequestClient<EngineRequests>;
  return { asked, pause: new TrainPause(engine) };
}

/** Whether a promise has settled after everything had its turn. */
async function isSettled(promise: Promise<void>): Promise<boolean> {
  let settled = false;
  void promise.then(() => (settled = true));
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

describe("The pause of a training in the command line", () => {
  it("is there once the training says that it stands still", async () => {
    const { asked, pause } = open();
    const paused = pause.set({ isPaused: true });
    assert.equal(await isSettled(paused), false);
    pause.note({ type: "pause", isPaused: true });
    assert.equal(await isSettled(paused), true);
    assert.equal(await isSettled(pause.set({ isPaused: false })), true);
    assert.deepEqual(asked, [true, false]);
  });

  it("is there at once where the event came before the answer, or none runs", async () => {
    const early = open();
    early.pause.note({ type: "pause", isPaused: true });
    assert.equal(await isSettled(early.pause.set({ isPaused: true })), true);
    const none = open(() => ({ isPaused: false }));
    assert.equal(await isSettled(none.pause.set({ isPaused: true })), true);
  });

  it("is waited for no more, and asked for no more, when the training is over", async () => {
    const { asked, pause } = open();
    const paused = pause.set({ isPaused: true });
    pause.end();
    assert.equal(await isSettled(paused), true);
    await pause.set({ isPaused: true });
    assert.deepEqual(asked, [true]);
  });
});
