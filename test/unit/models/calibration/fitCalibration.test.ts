import assert from "node:assert/strict";
import { createRng } from "../../../../src/base/rng.ts";
import { calibrationFor, fileLanguage, logOdds } from "../../../../src/models/calibration/calibration.ts";
import { fitCalibration, type ForeseenRun } from "../../../../src/models/calibration/fitCalibration.ts";

/** Runs of one text whose claims, in log odds, come true as twice the log odds less a half, or whatever `truth` says. */
function makeRuns(count: number, language: string, truth: (claim: number) => number): readonly ForeseenRun[] {
  const rng = createRng(5);
  return Array.from({ length: count }, () => {
    const probability = 0.05 + 0.9 * rng.next();
    const isRight = rng.next() < 1 / (1 + Math.exp(-truth(logOdds(probability))));
    return { language, texts: [{ probability, isRight }] };
  });
}

describe("fitCalibration", () => {
  it("finds the map that made the outcomes, given enough of them", () => {
    const fitted = fitCalibration(makeRuns(20_000, "ts", (claim) => 2 * claim - 0.5));
    assert.ok(fitted !== null);
    assert.ok(Math.abs(fitted.all.slope - 2) < 0.15, `slope ${fitted.all.slope}`);
    assert.ok(Math.abs(fitted.all.offset + 0.5) < 0.1, `offset ${fitted.all.offset}`);
  });

  it("stays near claims as they are where they are right, or where there is little text", () => {
    for (const runs of [makeRuns(20_000, "ts", (claim) => claim), makeRuns(60, "ts", (claim) => 2 * claim - 0.5)]) {
      const fitted = fitCalibration(runs);
      assert.ok(fitted !== null && Math.abs(fitted.all.slope - 1) < 0.3 && Math.abs(fitted.all.offset) < 0.3);
    }
    assert.equal(fitCalibration(makeRuns(49, "ts", (claim) => claim)), null);
  });

  it("tells languages apart as far as there is text, and holds the others to all together", () => {
    const fitted = fitCalibration([
      ...makeRuns(5_000, "ts", (claim) => claim),
      ...makeRuns(5_000, "md", (claim) => claim - 1),
      ...makeRuns(99, "py", (claim) => claim + 3),
    ]);
    assert.ok(fitted !== null);
    assert.deepEqual(Object.keys(fitted.languages), ["ts", "md"]);
    const [ts, md, py] = ["ts", "md", "py"].map((language) => calibrationFor(fitted, language)(0.5));
    assert.ok(ts !== undefined && md !== undefined && py !== undefined);
    assert.ok(Math.abs(ts - 0.5) < 0.04 && Math.abs(md - 0.27) < 0.04, `${ts} ${md}`);
    assert.ok(py > md && py < ts);
  });

  it("never turns a surer claim into a less sure one, whatever came true", () => {
    const fitted = fitCalibration(makeRuns(5_000, "ts", (claim) => -3 * claim));
    assert.ok(fitted !== null && fitted.all.slope > 0);
    const calibrate = calibrationFor(fitted, "ts");
    assert.ok(calibrate(0.2) < calibrate(0.3));
    assert.deepEqual([calibrate(0), calibrate(1)], [0, 1]);
  });
});

describe("fileLanguage", () => {
  for (const [path, language] of [
    ["src/a.TS", "ts"],
    ["file:///c%3A/a.b/x.test.py", "py"],
    ["src.d/Makefile", ""],
    [".gitignore", ""],
    ["untitled:Untitled-1", ""],
  ] as const) {
    it(`of ${path} is ${JSON.stringify(language)}`, () => {
      assert.equal(fileLanguage(path), language);
    });
  }
});
