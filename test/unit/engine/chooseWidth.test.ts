import assert from "node:assert/strict";
import { chooseWidth, type WidthCall } from "../../../src/engine/chooseWidth.ts";

interface Chosen {
  readonly width: number;
  /** Widths whose speed was measured, in that order. */
  readonly measured: readonly number[];
}

/** A machine that reads so many tokens a second with 256 units, and fewer the more there are. */
async function choose(speed: number, call: Partial<WidthCall> = {}): Promise<Chosen> {
  const measured: number[] = [];
  const width = await chooseWidth({
    ...{ leastWidth: 256, trainingSeconds: 600, textTokens: 1e7, hasRoom: () => true },
    readingSpeed: (hiddenSize, neededSpeed) => {
      measured.push(hiddenSize);
      assert.equal(neededSpeed, (6 * 8 * hiddenSize ** 2) / (call.trainingSeconds ?? 600));
      return Promise.resolve(speed * (256 / hiddenSize) ** 1.5);
    },
    ...call,
  });
  return { width, measured };
}

describe("The width of a network", () => {
  it("is the usual one in a short budget, without a measurement", async () => {
    assert.deepEqual(await choose(1e9, { trainingSeconds: 179 }), { width: 256, measured: [] });
    assert.equal((await choose(1e9, { trainingSeconds: 181 })).width, 1024);
  });

  it("grows with budget and machine, and nothing is measured beyond what is too slow", async () => {
    assert.deepEqual(await choose(10_000), { width: 256, measured: [384] });
    assert.deepEqual(await choose(75_000), { width: 512, measured: [384, 512] });
    assert.deepEqual(await choose(75_000, { trainingSeconds: 3600 }), { width: 768, measured: [384, 512, 768, 1024] });
    assert.deepEqual(await choose(1e7), { width: 1024, measured: [384, 512, 768, 1024] });
  });

  it("stays as a text is short or memory small, however fast the machine", async () => {
    assert.deepEqual(await choose(1e9, { textTokens: 30_000 }), { width: 256, measured: [] });
    assert.deepEqual(await choose(1e9, { textTokens: 550_000 }), { width: 512, measured: [384, 512] });
    assert.equal((await choose(1e9, { hasRoom: (width) => width <= 384 })).width, 384);
  });

  it("is never below the usual one", async () => {
    assert.deepEqual(await choose(1e9, { leastWidth: 192, textTokens: 1000 }), { width: 192, measured: [] });
    assert.equal((await choose(100, { leastWidth: 192 })).width, 192);
    assert.equal((await choose(10_000, { leastWidth: 192 })).width, 256);
  });

  it("is not measured where the width before was too slow for it by far", async () => {
    // 384 units read 1.02 times what they need, so 512 cannot.
    assert.deepEqual(await choose(22_000), { width: 384, measured: [384] });
  });
});
