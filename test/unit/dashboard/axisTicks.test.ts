import assert from "node:assert/strict";
import { linearTicks, logarithmicTicks, tickText, timeLabel, timeTicks } from "../../../src/dashboard/axisTicks.ts";

describe("logarithmicTicks", () => {
  const rows: readonly (readonly [number, number, readonly number[]])[] = [
    [1, 1000, [1, 10, 100, 1000]],
    [5, 500, [10, 30, 100, 300]],
    [6, 40, [10, 20, 30, 40]],
    [0.00009, 0.012, [0.0001, 0.001, 0.01]],
  ];
  for (const [least, most, ticks] of rows) {
    it(`labels ${least} to ${most} at ${ticks.join(", ")}`, () => {
      const got = logarithmicTicks(least, most);
      assert.ok(
        ticks.every((tick) => got.includes(tick)),
        got.join(" "),
      );
      assert.ok(got.every((tick) => tick >= least && tick <= most) && got.length <= 8);
    });
  }

  it("falls back to even steps within less than an octave", () => {
    assert.deepEqual(logarithmicTicks(8.1, 8.9), [8.2, 8.4, 8.6, 8.8]);
  });

  it("labels nothing where there is no range", () => {
    assert.deepEqual(logarithmicTicks(0, 10), []);
    assert.deepEqual(logarithmicTicks(5, 5), []);
    assert.deepEqual(logarithmicTicks(NaN, 5), []);
  });
});

describe("linearTicks", () => {
  it("takes three to six round steps", () => {
    assert.deepEqual(linearTicks(0, 100), [0, 20, 40, 60, 80, 100]);
    assert.deepEqual(linearTicks(0, 0.0033), [0, 0.001, 0.002, 0.003]);
    assert.deepEqual(linearTicks(0, 24_000), [0, 5000, 10_000, 15_000, 20_000]);
    assert.deepEqual(linearTicks(3, 3), []);
  });
});

describe("timeTicks", () => {
  it("steps by round times", () => {
    assert.deepEqual(timeTicks(0, 120, 4), [0, 30, 60, 90, 120]);
    assert.deepEqual(timeTicks(0, 3600), [0, 600, 1200, 1800, 2400, 3000, 3600]);
    assert.deepEqual(timeTicks(0, 0), []);
  });

  it("stays within its number however long the run", () => {
    for (const most of [3, 47, 333, 5000, 90_000, 2e6]) {
      assert.ok(timeTicks(0, most).length <= 8, String(most));
    }
  });
});

describe("Labels", () => {
  it("show times as people do", () => {
    assert.deepEqual([45, 60, 90, 3900].map(timeLabel), ["45 s", "1:00", "1:30", "1:05 h"]);
  });

  it("drop zeros that a round number needs not", () => {
    assert.deepEqual(["1.00", "30.0", "0.300", "20.0 k", "1,000", "100 %", "0.572"].map(tickText), [
      "1",
      "30",
      "0.3",
      "20 k",
      "1,000",
      "100 %",
      "0.572",
    ]);
  });
});
