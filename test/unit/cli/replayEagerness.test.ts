import assert from "node:assert/strict";
import { chooseEagerness } from "../../../src/cli/replayEagerness.ts";
import type { RecordedRun, TypedRun } from "../../../src/evaluation/replay/recordReplay.ts";

function runOf(text: string): TypedRun {
  const hunk = { path: "a", lines: [text], from: 0, to: 1, runs: [{ from: 0, to: 1 }] };
  return { from: 0, to: 1, hunk, text: `${text}\n` };
}

/** What is shown when every line is known and shown from `length` characters before its end. */
function recorded(run: TypedRun, length: number): RecordedRun {
  const from = run.text.length - 1 - length;
  return {
    run,
    offers: Array.from({ length: run.text.length }, (_, index) =>
      index === from ? { text: run.text.slice(from, -1), probability: 0.9 } : null,
    ),
    elapsedMs: new Float64Array(run.text.length),
  };
}

describe("chooseEagerness", () => {
  const runs = Array.from({ length: 30 }, (_, index) => runOf(`${index} `.padEnd(999, "x")));

  it("takes the setting at which most is saved", async () => {
    const { best, points } = await chooseEagerness(runs, (sample, eagerness) =>
      Promise.resolve(sample.map((run) => recorded(run, eagerness === 0.65 ? 500 : 100))),
    );
    assert.equal(best, 0.65);
    assert.ok(points.length > 2);
    assert.ok(points.every(({ eagerness, netSaved }) => (netSaved ?? 0) > 0.4 === (eagerness === 0.65)));
  });

  it("tries all on the same beginning of the shuffled runs", async () => {
    const samples = new Set<string>();
    await chooseEagerness(runs, (sample) => {
      samples.add(sample.map(({ text }) => text).join(""));
      return Promise.resolve(sample.map((run) => recorded(run, 1)));
    });
    assert.deepEqual(
      [...samples],
      [
        runs
          .slice(0, 6)
          .map(({ text }) => text)
          .join(""),
      ],
    );
  });
});
