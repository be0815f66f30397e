import assert from "node:assert/strict";
import { DEFAULT_GATE } from "../../../src/models/mixture/defaultGate.ts";
import { MemoryFileStore } from "../../fakes/memoryFileStore.ts";
import { makeCheckpoint, MANIFEST, open } from "./checkpointFixture.ts";

describe("checkpointStore, of the mixture's parameters,", () => {
  it("gives back the mixture's parameters, and none of another version or an earlier Inkling", async () => {
    const files = new MemoryFileStore();
    await open(files).write(makeCheckpoint(1, { gate: DEFAULT_GATE }), null);
    assert.deepEqual(await open(files).read(), {
      kind: "checkpoint",
      checkpoint: makeCheckpoint(1, { gate: DEFAULT_GATE }),
    });
    for (const change of [
      (manifest: Record<string, unknown>) => (manifest["gate"] = { ...DEFAULT_GATE, version: 99, trust: [] }),
      // As an earlier Inkling wrote it, before contexts were weighed one by one.
      (manifest: Record<string, unknown>) => (manifest["gate"] = { version: 1, trust: [0], powers: [], weights: [] }),
      (manifest: Record<string, unknown>) => delete manifest["gate"],
    ]) {
      const manifest = JSON.parse(files.text(MANIFEST)) as Record<string, unknown>;
      change(manifest);
      files.put(MANIFEST, JSON.stringify(manifest));
      assert.deepEqual(await open(files).read(), { kind: "checkpoint", checkpoint: makeCheckpoint(1) });
    }
  });

  it("takes parameters of the version before, and believes the default of what is new", async () => {
    const files = new MemoryFileStore();
    await open(files).write(makeCheckpoint(1, { gate: DEFAULT_GATE }), null);
    const manifest = JSON.parse(files.text(MANIFEST)) as Record<string, unknown>;
    const { powers, weights } = DEFAULT_GATE;
    const trust = new Array<number>(4608).fill(0.5);
    const earlier = { version: 2, trust, emphasis: trust.map((value) => -value), powers, weights };
    files.put(MANIFEST, JSON.stringify({ ...manifest, gate: earlier }));
    const read = await open(files).read();
    assert.ok(read.kind === "checkpoint" && read.checkpoint.gate !== null, JSON.stringify(read).slice(0, 200));
    const { gate } = read.checkpoint;
    assert.equal(gate.version, 3);
    // Of the 16 · 72 cells of places, those of its nine ways of comparing were in use.
    const learnt = trust.slice(0, (3 * 16 + 9) * 72);
    assert.deepEqual(gate.trust, [...learnt, ...DEFAULT_GATE.trust.slice(learnt.length)]);
    assert.deepEqual(gate.emphasis, [...learnt.map((value) => -value), ...DEFAULT_GATE.emphasis.slice(learnt.length)]);
    assert.deepEqual([gate.powers, gate.weights, gate.leanings], [powers, weights, DEFAULT_GATE.leanings]);
    files.put(MANIFEST, JSON.stringify({ ...manifest, gate: { ...earlier, trust: [0] } }));
    assert.equal((await open(files).read()).kind, "corrupt");
  });

  it("refuses parameters of the mixture that would make no probabilities", async () => {
    const files = new MemoryFileStore();
    await open(files).write(makeCheckpoint(1, { gate: DEFAULT_GATE }), null);
    for (const part of ["powers", "emphasis"] as const) {
      const manifest = JSON.parse(files.text(MANIFEST)) as { gate: Record<typeof part, number[]> };
      const before = manifest.gate[part][3] as number;
      manifest.gate[part][3] = 1e308;
      files.put(MANIFEST, JSON.stringify(manifest));
      const read = await open(files).read();
      assert.ok(read.kind === "corrupt" && read.message.includes(part));
      manifest.gate[part][3] = before;
      files.put(MANIFEST, JSON.stringify(manifest));
    }
  });

  it("gives back what claims are worth, and none where it was not fitted", async () => {
    const files = new MemoryFileStore();
    const calibration = { all: { slope: 1.1, offset: -0.2 }, languages: { ts: { slope: 0.9, offset: 0.1 } } };
    await open(files).write(makeCheckpoint(1, { calibration }), null);
    assert.deepEqual(await open(files).read(), {
      kind: "checkpoint",
      checkpoint: makeCheckpoint(1, { calibration }),
    });
    const manifest = JSON.parse(files.text(MANIFEST)) as Record<string, unknown>;
    delete manifest["calibration"];
    files.put(MANIFEST, JSON.stringify(manifest));
    assert.deepEqual(await open(files).read(), { kind: "checkpoint", checkpoint: makeCheckpoint(1) });
  });

  for (const map of [{ slope: 0, offset: 0 }, { slope: -1, offset: 0 }, { slope: 1, offset: 1e9 }, { slope: "1" }]) {
    it(`refuses ${JSON.stringify(map)} as what claims are worth`, async () => {
      const files = new MemoryFileStore();
      await open(files).write(makeCheckpoint(1), null);
      const manifest = JSON.parse(files.text(MANIFEST)) as Record<string, unknown>;
      manifest["calibration"] = { all: { slope: 1, offset: 0 }, languages: { ts: map } };
      files.put(MANIFEST, JSON.stringify(manifest));
      const read = await open(files).read();
      assert.ok(read.kind === "corrupt" && read.message.includes("calibration"), JSON.stringify(read));
    });
  }
});
