import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { claimLock, withProcessLock } from "../../../src/node/processLock.ts";

const hourMs = 3_600_000;

describe("withProcessLock", () => {
  let folder = "";
  let path = "";
  const { signal } = new AbortController();
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "inkling-lock-"));
    path = join(folder, "a.lock");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Whether a lock with this content is taken over rather than waited for. */
  async function isTakenOver(content: string, ageMs = 0): Promise<boolean> {
    await writeFile(path, content);
    const written = new Date((await stat(path)).mtimeMs - ageMs);
    await utimes(path, written, written);
    const abort = new AbortController();
    const onWait = (): void => {
      abort.abort();
    };
    try {
      await withProcessLock({ path, signal: abort.signal, onWait, recheckMs: 1 }, () => Promise.resolve());
      return true;
    } catch (error) {
      assert.ok(abort.signal.aborted, String(error));
      return false;
    }
  }

  it("runs the second holder after the first", async () => {
    const order: string[] = [];
    let finishFirst: () => void = () => undefined;
    const mayFinish = new Promise<void>((resolve) => (finishFirst = resolve));
    const first = withProcessLock({ path, signal }, async () => {
      order.push("first begins");
      await mayFinish;
      order.push("first ends");
    });
    const second = withProcessLock({ path, signal, recheckMs: 1, onWait: () => finishFirst() }, () => {
      order.push("second");
      return Promise.resolve();
    });
    await Promise.all([first, second]);
    assert.deepEqual(order, ["first begins", "first ends", "second"]);
  });
  it("is free again after success and after failure", async () => {
    assert.equal(await withProcessLock({ path, signal }, () => Promise.resolve(7)), 7);
    await assert.rejects(
      withProcessLock({ path, signal }, () => Promise.reject(new Error("no"))),
      /no/,
    );
    await assert.rejects(stat(path), { code: "ENOENT" });
  });
  it("waits for a living process and takes over from a dead one", async () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    const host = hostname();
    assert.equal(await isTakenOver(JSON.stringify({ pid: process.ppid, host, startedAt: null })), false);
    assert.equal(await isTakenOver(JSON.stringify({ pid, host, startedAt: null })), true);
  });
  it("takes over from a process whose id now belongs to a later one", async function () {
    if (process.platform !== "linux") {
      this.skip();
    }
    const holder = { pid: process.ppid, host: hostname(), startedAt: "1" };
    assert.equal(await isTakenOver(JSON.stringify(holder)), true);
  });
  it("leaves another machine's lock alone until it is old", async () => {
    const foreign = JSON.stringify({ pid: 1, host: "another-machine", startedAt: null });
    assert.equal(await isTakenOver(foreign, hourMs / 2), false);
    assert.equal(await isTakenOver(foreign, 2 * hourMs), true);
  });
  it("takes over a lock that was cut short long ago", async () => {
    assert.equal(await isTakenOver('{"pid":', 60_000), true);
  });
  it("stops waiting when cancelled, and leaves the lock to its holder", async () => {
    const content = JSON.stringify({ pid: process.ppid, host: hostname(), startedAt: null });
    assert.equal(await isTakenOver(content), false);
    assert.equal(await readFile(path, "utf8"), content);
  });
});

describe("claimLock", () => {
  let folder = "";
  let path = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "inkling-claim-"));
    path = join(folder, "a.lock");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const holderOf = async (): Promise<{ pid: number; threadId: number }> =>
    JSON.parse(await readFile(path, "utf8")) as { pid: number; threadId: number };

  it("says at once who has the lock, and gives it to the next after its release", async () => {
    const first = await claimLock(path);
    assert.ok(first.kind === "claimed");
    const second = await claimLock(path);
    assert.ok(second.kind === "held");
    assert.equal(second.holder?.pid, process.pid);
    await first.release();
    await assert.rejects(stat(path), { code: "ENOENT" });
    assert.equal((await claimLock(path)).kind, "claimed");
  });
  it("takes over from a dead process, and from a thread of this one that died", async () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    await writeFile(path, JSON.stringify({ pid, host: hostname(), startedAt: null, threadId: 0 }));
    const first = await claimLock(path);
    assert.ok(first.kind === "claimed");
    assert.equal((await holderOf()).pid, process.pid);
    const own = await holderOf();
    await writeFile(path, JSON.stringify({ ...own, threadId: own.threadId + 1 }));
    assert.equal((await claimLock(path)).kind, "claimed");
  });
  it("leaves alone what another process has taken over meanwhile", async () => {
    const first = await claimLock(path);
    assert.ok(first.kind === "claimed");
    const other = JSON.stringify({ pid: process.ppid, host: hostname(), startedAt: null, threadId: 0 });
    await writeFile(path, other);
    await first.release();
    assert.equal(await readFile(path, "utf8"), other);
  });
  it("keeps a lock young for other machines by renewing it", async () => {
    const claim = await claimLock(path);
    assert.ok(claim.kind === "claimed");
    const old = new Date("2020-01-01");
    await utimes(path, old, old);
    await claim.renew();
    assert.ok((await stat(path)).mtimeMs > old.getTime() + hourMs);
  });
  it("takes over an empty lock only when it is old", async () => {
    await writeFile(path, "");
    const fresh = await claimLock(path);
    assert.deepEqual(fresh, { kind: "held", holder: null });
    const old = new Date("2020-01-01");
    await utimes(path, old, old);
    assert.equal((await claimLock(path)).kind, "claimed");
  });
});
