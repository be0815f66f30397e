import assert from "node:assert/strict";
import { chooseEagerness, type ChoiceRuns, type EagernessChoice } from "../../../src/cli/replayEagerness.ts";
import type { RecordedRun, TypedRun } from "../../../src/evaluation/replay/recordReplay.ts";

function runOf(text: string): TypedRun {
  const hunk = { path: "a", lines: [text], from: 0, to: 1, runs: [{ from: 0, to: 1 }] };
  return { from: 0, to: 1, hunk, text: `${text}\n` };
}

function textOf(runs: readonly TypedRun[]): string {
  return runs.map(({ text }) => text).join("");
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
    const { best, points } = await chooseEagerness({ typed: runs, others: [] }, (sample, eagerness) =>
      Promise.resolve(sample.map((run) => recorded(run, eagerness === 0.65 ? 500 : 100))),
    );
    assert.equal(best, 0.65);
    assert.ok(points.length > 2);
    assert.ok(points.every(({ eagerness, netSaved }) => (netSaved ?? 0) > 0.4 === (eagerness === 0.65)));
  });

  const others = Array.from({ length: 9 }, (_, index) => runOf(`other ${index} `.padEnd(1499, "y")));

  /** What all settings were tried on, and what is said of it. */
  async function triedOn(choice: ChoiceRuns): Promise<readonly [string, EagernessChoice["chosenOn"]]> {
    const samples = new Set<string>();
    const { chosenOn } = await chooseEagerness(choice, (sample) => {
      samples.add(textOf(sample));
      return Promise.resolve(sample.map((run) => recorded(run, 1)));
    });
    assert.equal(samples.size, 1);
    return [[...samples].join(), chosenOn];
  }

  it("tries all on the beginning of other hunks than those that are measured", async () => {
    assert.deepEqual(await triedOn({ typed: runs, others }), [textOf(others).slice(0, 6000), "otherHunks"]);
  });

  it("does so where few are left but no more are typed", async () => {
    const few = { typed: runs.slice(0, 1), others: others.slice(0, 1) };
    assert.deepEqual(await triedOn(few), [textOf(few.others), "otherHunks"]);
  });

  it("tries all on the beginning of what is measured where too few others are left, and says so", async () => {
    for (const left of [[], others.slice(0, 3)]) {
      assert.deepEqual(await triedOn({ typed: runs, others: left }), [textOf(runs).slice(0, 6000), "sameHunks"]);
    }
  });
});
