import assert from "node:assert/strict";
import { InvalidArgumentError } from "commander";
import { parseDurationSeconds } from "../../../src/cli/duration.ts";
import {
  addSetting,
  durationValue,
  FAMILY_NETWORKS,
  integerValue,
  networkValue,
  numberValue,
  shareValue,
} from "../../../src/cli/optionValues.ts";

describe("parseDurationSeconds", () => {
  for (const [text, seconds] of [
    ["120s", 120],
    ["10m", 600],
    ["1h", 3600],
    ["1.5h", 5400],
    ["0.5s", 0.5],
  ] as const) {
    it(`takes ${text} for ${seconds} seconds`, () => {
      assert.equal(parseDurationSeconds(text), seconds);
    });
  }

  for (const text of ["", "120", "s", "0s", "-5s", "5 s", "5S", "1d", "1e3s", "1h30m", ".5s", "Infinitys", "NaNs"]) {
    it(`refuses "${text}"`, () => {
      assert.equal(parseDurationSeconds(text), undefined);
      assert.throws(() => durationValue(text), InvalidArgumentError);
    });
  }
});

describe("shareValue", () => {
  it("takes what is above 0 and at most 1", () => {
    assert.deepEqual(["0.001", ".5", "1"].map(shareValue), [0.001, 0.5, 1]);
    for (const text of ["0", "0.0", "-0.1", "1.01", "5e-1", "", "x"]) {
      assert.throws(() => shareValue(text), /above 0 and at most 1/u);
    }
  });
});

describe("networkValue", () => {
  it("takes the networks that can suggest, and the others of the family", () => {
    const names = ["lstm", "gru", "rnn", "window", "lstm-peephole", "awd-lstm", "mos", "highway", "qrnn", "retention"];
    assert.deepEqual(names.map(networkValue), names);
    assert.ok(!FAMILY_NETWORKS.includes("lstm") && FAMILY_NETWORKS.includes("awd-lstm-mos"));
  });

  for (const [name, why] of [
    ["kn5", /is counted, not trained.*compare FOLDER --models kn5.*complete --count/u],
    ["kn5+cache", /is counted, not trained/u],
    ["mos+kn5", /mos with something added where it is scored; train mos by itself/u],
    ["bilstm", /reads from both ends/u],
    ["transformer", /one of lstm, gru, rnn, which can suggest, or of window, .*retention/u],
    ["", /one of lstm/u],
  ] as const) {
    it(`refuses "${name}", and says why`, () => {
      assert.throws(
        () => networkValue(name),
        (error) => error instanceof InvalidArgumentError && why.test(error.message),
      );
    });
  }
});

describe("numberValue with a greatest value", () => {
  const parse = numberValue({ least: 0, most: 1 });

  it("takes both ends of its range, and names them where it refuses", () => {
    assert.deepEqual(["0", "0.95", ".5", "1"].map(parse), [0, 0.95, 0.5, 1]);
    for (const text of ["1.01", "-0.1", "all", "NaN", "1e-1", ""]) {
      assert.throws(() => parse(text), /Write a number from 0 to 1\./);
    }
  });
});

describe("integerValue", () => {
  const parse = integerValue({ least: 1, most: 64 });

  for (const [text, value] of [
    ["1", 1],
    ["64", 64],
    ["007", 7],
  ] as const) {
    it(`takes ${text}`, () => {
      assert.equal(parse(text), value);
    });
  }

  for (const text of ["0", "65", "-1", "1.5", "1e1", "0x10", "", " 3", "NaN", "9".repeat(30)]) {
    it(`refuses "${text}" and says the range`, () => {
      assert.throws(() => parse(text), /from 1 to 64/);
    });
  }
});

describe("numberValue", () => {
  const parse = numberValue({ least: 0 });

  for (const [text, value] of [
    ["0", 0],
    ["0.8", 0.8],
    [".5", 0.5],
    ["2.", 2],
  ] as const) {
    it(`takes ${text}`, () => {
      assert.equal(parse(text), value);
    });
  }

  for (const text of ["-0.1", "NaN", "Infinity", "1e5", "one", "", "."]) {
    it(`refuses "${text}"`, () => {
      assert.throws(() => parse(text), InvalidArgumentError);
    });
  }
});

describe("addSetting", () => {
  it("adds to those before it, and a later one of the same name wins", () => {
    const one = addSetting("learningRate=1e-3", {});
    assert.deepEqual(addSetting("laneCount=8", one), { learningRate: 0.001, laneCount: 8 });
    assert.deepEqual(addSetting("LEARNINGRATE=.5", one), { learningRate: 0.5 });
    assert.deepEqual(one, { learningRate: 0.001 });
  });

  for (const text of [
    "",
    "learningRate",
    "learningRate=",
    "rate=1",
    "learningRate=0",
    "learningRate=-1",
    "laneCount=1.5",
  ]) {
    it(`refuses "${text}"`, () => {
      assert.throws(() => addSetting(text, {}), InvalidArgumentError);
    });
  }

  it("says which names and which values there are", () => {
    assert.throws(() => addSetting("rate=1", {}), /learningRate.*clipNorm/);
    assert.throws(() => addSetting("laneCount=0", {}), /a whole number from 1 to 1024/);
    assert.throws(() => addSetting("dateOrder=", {}), /For dateOrder write a whole number from 0 to 2/);
  });
});
