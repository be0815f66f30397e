import assert from "node:assert/strict";
import { LmError } from "../../../src/base/errors.ts";
import { EngineClient } from "../../../src/node/engineClient.ts";
import { serve } from "../../../src/protocol/requestChannel.ts";
import { ManualTime } from "../../fakes/manualTime.ts";
import { createPortPair } from "../../fakes/portPair.ts";
import { RecordingLog } from "../../fakes/recordingLog.ts";

interface TestRequests {
  readonly echo: { readonly params: string; readonly result: string; readonly event: never };
  readonly wait: { readonly params: null; readonly result: string; readonly event: never };
}

const LIMITS = { idleMs: 1000, deathLimit: 3, deathWindowMs: 60_000 };

/** A client whose engines live in memory. */
function setUp(): {
  readonly client: EngineClient<TestRequests>;
  readonly time: ManualTime;
  readonly started: { readonly die: (reason: string) => void; isEnded: boolean }[];
} {
  const time = new ManualTime();
  const started: { die: (reason: string) => void; isEnded: boolean }[] = [];
  const start = () => {
    const { left, right, close } = createPortPair();
    serve<TestRequests>(right, { echo: (text) => text, wait: () => new Promise(() => undefined) });
    const engine = { die: close, isEnded: false };
    started.push(engine);
    return {
      ...left,
      dispose: () => {
        engine.isEnded = true;
        close("told to end");
      },
    };
  };
  const client = new EngineClient<TestRequests>({
    start,
    clock: time,
    timer: time,
    log: new RecordingLog(),
    limits: LIMITS,
  });
  return { client, time, started };
}

function engineDied(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof LmError);
    assert.equal(error.code, "engineDied");
    assert.match(error.message, message);
    return true;
  };
}

describe("EngineClient", () => {
  it("starts no engine before the first request, and one for many", async () => {
    const { client, started } = setUp();
    assert.equal(client.isRunning, false);
    assert.deepEqual(await Promise.all([client.request("echo", "a"), client.request("echo", "b")]), ["a", "b"]);
    assert.equal(started.length, 1);
  });

  it("stops the engine when it was idle for long enough, and starts another on demand", async () => {
    const { client, time, started } = setUp();
    await client.request("echo", "a");
    time.advance(999);
    assert.equal(client.isRunning, true);
    time.advance(1);
    assert.equal(client.isRunning, false);
    assert.equal(started[0]?.isEnded, true);
    assert.equal(await client.request("echo", "b"), "b");
    assert.equal(started.length, 2);
  });

  it("counts the time idle from the last request, and never stops under a request", async () => {
    const { client, time } = setUp();
    await client.request("echo", "a");
    time.advance(600);
    await client.request("echo", "b");
    time.advance(600);
    assert.equal(client.isRunning, true);
    const waiting = client.request("wait", null);
    await client.request("echo", "c");
    time.advance(5000);
    assert.equal(client.isRunning, true);
    client.dispose();
    await assert.rejects(waiting);
  });

  it("stops an engine that has nothing to do when asked to, and no other", async () => {
    const { client, started } = setUp();
    client.stopIfUnused();
    const waiting = client.request("wait", null);
    client.stopIfUnused();
    assert.equal(client.isRunning, true);
    client.dispose();
    await assert.rejects(waiting);
    const second = setUp();
    await second.client.request("echo", "a");
    second.client.stopIfUnused();
    assert.deepEqual([second.client.isRunning, second.started[0]?.isEnded], [false, true]);
    assert.equal(started.length, 1);
  });

  it("settles the requests that the engine dies under, and starts another for the next", async () => {
    const { client, started } = setUp();
    const waiting = client.request("wait", null);
    started[0]?.die("killed: probably out of memory");
    await assert.rejects(waiting, engineDied(/out of memory/));
    assert.equal(await client.request("echo", "again"), "again");
    assert.equal(started.length, 2);
  });

  it("starts no more engines after too many deaths, until time has passed", async () => {
    const { client, time, started } = setUp();
    for (let death = 0; death < LIMITS.deathLimit; death++) {
      const waiting = client.request("wait", null);
      started.at(-1)?.die("crashed (SIGSEGV)");
      await assert.rejects(waiting);
    }
    await assert.rejects(
      client.request("echo", "a"),
      engineDied(/died 3 times and is not started again for 1 min.*SIGSEGV/),
    );
    assert.equal(started.length, 3);
    time.advance(LIMITS.deathWindowMs);
    assert.equal(await client.request("echo", "b"), "b");
  });

  it("does not count stopping an idle engine as a death", async () => {
    const { client, time, started } = setUp();
    for (let round = 0; round < 5; round++) {
      await client.request("echo", "a");
      time.advance(LIMITS.idleMs);
    }
    assert.equal(started.length, 5);
  });

  it("settles everything when disposed, and refuses what comes after", async () => {
    const { client, started } = setUp();
    const waiting = client.request("wait", null);
    client.dispose();
    client.dispose();
    await assert.rejects(waiting, engineDied(/closed on this side/));
    assert.equal(started[0]?.isEnded, true);
    await assert.rejects(client.request("echo", "a"), engineDied(/shut down/));
  });

  it("rejects a request for which no engine could be started", async () => {
    const time = new ManualTime();
    const start = () => {
      throw new LmError("engineDied", "no such file");
    };
    const client = new EngineClient<TestRequests>({ start, clock: time, timer: time, log: new RecordingLog() });
    await assert.rejects(client.request("echo", "a"), engineDied(/no such file/));
  });
});
