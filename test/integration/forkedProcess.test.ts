import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { type ForkedProcess, forkProcess } from "../../src/node/forkedProcess.ts";
import { connectToWorker } from "../../src/node/workerPort.ts";
import { RecordingLog } from "../fakes/recordingLog.ts";

describe("forkProcess", function () {
  this.timeout(30_000);

  let root = "";
  let log = new RecordingLog();

  before(async () => {
    root = await mkdtemp(join(tmpdir(), "inkling-fork-"));
  });

  after(() => rm(root, { recursive: true, force: true }));

  async function start(
    source: string,
    environment: Readonly<Record<string, string | undefined>> = {},
  ): Promise<ForkedProcess> {
    const entry = join(root, "entry.cjs");
    await writeFile(entry, source);
    log = new RecordingLog();
    return forkProcess({ name: "test", entry, environment, log, killGraceMs: 200 });
  }

  const closed = (forked: ForkedProcess): Promise<string> => new Promise((resolve) => forked.onDidClose(resolve));

  it("carries typed arrays, maps and infinities both ways", async () => {
    const forked = await start(`process.on("message", (message) => process.send(message));`);
    const echoed = new Promise((resolve) => forked.onDidReceive(resolve));
    const message = { values: Float32Array.of(1.5, -2), map: new Map([["a", 1]]), limit: Infinity };
    forked.postMessage(message);
    assert.deepEqual(await echoed, message);
    const end = closed(forked);
    forked.dispose();
    forked.dispose();
    assert.match(await end, /was ended by SIGTERM/);
    forked.postMessage("late");
  });

  it("gives the process Node's own mode and the environment asked for", async () => {
    const source = `process.send([process.env.ELECTRON_RUN_AS_NODE, process.env.GIVEN, process.env.HOME ?? "none"]);`;
    const forked = await start(source, { GIVEN: "yes", HOME: undefined });
    assert.deepEqual(await new Promise((resolve) => forked.onDidReceive(resolve)), ["1", "yes", "none"]);
    forked.kill();
    assert.match(await closed(forked), /was killed by Inkling/);
  });

  for (const [title, source, reason] of [
    [
      "its exit code and last words",
      `console.error("first"); console.error("last"); process.exit(3);`,
      /ended with exit code 3\. Its last words: last$/,
    ],
    ["a crash by signal", `process.kill(process.pid, "SIGSEGV"); setInterval(() => {}, 1000);`, /crashed \(SIGSEGV\)/],
    [
      "a lack of memory",
      `console.error("terminate called after throwing an instance of 'std::bad_alloc'"); process.abort();`,
      /ran out of memory; close other programs/,
    ],
    [
      "a kill by somebody else, which may be a lack of memory",
      `process.kill(process.pid, "SIGKILL");`,
      /was killed \(SIGKILL\), by somebody or by the system, .* where memory runs out/,
    ],
    [
      "no banner of TensorFlow's as last words",
      `console.error("WARNING: All log messages before absl::InitializeLog() is called are written to STDERR");
       console.error("I0000 00:00:1795356308.006574   15281 port.cc:153] oneDNN custom operations are on. You may see round-off errors.");
       console.error("2026-01-02 03:04:05.678: I tensorflow/core/util/port.cc:153] oneDNN custom operations are on; errors.");
       process.kill(process.pid, "SIGHUP");`,
      /was ended by SIGHUP\.$/,
    ],
    ["an end by another signal", `process.kill(process.pid, "SIGHUP");`, /was ended by SIGHUP\.$/],
    ["an exception", `throw new Error("broken");`, /exit code 1\. Its last words: Error: broken$/],
    ["a normal end", `setTimeout(() => process.disconnect(), 1);`, /ended\.$/],
  ] as const) {
    it(`tells of ${title}`, async () => {
      assert.match(await closed(await start(source)), reason);
    });
  }

  it("tells of an entry that is not there", async () => {
    const forked = forkProcess({ name: "test", entry: join(root, "nothing.cjs"), environment: {}, log });
    assert.match(await closed(forked), /exit code 1\. Its last words: Error: Cannot find module/);
  });

  it("kills a process that will not end", async () => {
    const forked = await start(
      `process.on("SIGTERM", () => {}); process.on("message", () => {}); process.send("ready");`,
    );
    await new Promise((resolve) => forked.onDidReceive(resolve));
    const end = closed(forked);
    forked.dispose();
    assert.match(await end, /was killed/);
  });

  it("passes marked lines to the log at their level and keeps the others as details", async () => {
    const forked = await start(`
      console.error("inkling warning: careful");
      console.error("some library says hello");
      console.log("to whom it may concern");`);
    const end = closed(forked);
    forked.postMessage("go");
    await end;
    const entries = log.entries.map(({ level, message }) => `${level} ${message}`);
    assert.ok(entries.includes("warning test: careful"), entries.join("\n"));
    assert.ok(entries.includes("debug test: some library says hello"), entries.join("\n"));
    assert.ok(entries.includes("info test: to whom it may concern"), entries.join("\n"));
  });
});

describe("connectToWorker", function () {
  this.timeout(30_000);

  const run = (source: string): Worker => new Worker(source, { eval: true });

  it("carries messages both ways and tells when the thread is ended", async () => {
    const worker = run(
      `const { parentPort } = require("node:worker_threads"); parentPort.on("message", (m) => parentPort.postMessage(m));`,
    );
    const port = connectToWorker(worker, "test");
    const echoed = new Promise((resolve) => port.onDidReceive(resolve));
    const closed = new Promise((resolve) => port.onDidClose(resolve));
    port.postMessage(Int32Array.of(1, 2));
    assert.deepEqual(await echoed, Int32Array.of(1, 2));
    await worker.terminate();
    assert.match(String(await closed), /The test thread ended/);
    port.postMessage("late");
  });

  it("tells what a thread failed of, once", async () => {
    const port = connectToWorker(run(`throw new Error("broken inside")`), "test");
    const reasons: string[] = [];
    await new Promise<void>((resolve) =>
      port.onDidClose((reason) => {
        reasons.push(reason);
        setImmediate(resolve);
      }),
    );
    assert.equal(reasons.length, 1);
    assert.match(reasons[0] ?? "", /The test thread failed: broken inside$/);
  });

  it("tells that a thread ran out of memory", async () => {
    const source = `const kept = []; for (;;) kept.push(new Array(1e5).fill("x"));`;
    const worker = new Worker(source, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 16 } });
    const port = connectToWorker(worker, "test");
    assert.match(await new Promise((resolve) => port.onDidClose(resolve)), /ran out of memory/);
  });
});
