import assert from "node:assert/strict";
import { createControl, reportLoss, WorkCrew } from "../../../../../src/models/neural/wasm/workCrew.ts";

type Call = readonly number[];

function crewOf(
  work: (...call: number[]) => void,
  helperCount: number,
): { crew: WorkCrew; control: SharedArrayBuffer } {
  const control = createControl();
  const crew = new WorkCrew(control, [() => assert.fail("another job"), work]);
  crew.admitHelpers(helperCount);
  return { crew, control };
}

describe("A crew", () => {
  it("does every part once, also where no helper comes", () => {
    for (const helperCount of [0, 1, 5]) {
      const calls: Call[] = [];
      const { crew } = crewOf((...call) => calls.push(call), helperCount);
      for (let round = 0; round < 3; round++) {
        calls.length = 0;
        crew.run(1, 4, [7, 0.5]);
        assert.deepEqual(
          calls.toSorted((a, b) => a[0]! - b[0]!),
          [0, 1, 2, 3].map((part) => [part, 4, 7, 0.5]),
        );
      }
    }
  });

  it("hands on what a job throws, and is ready for the next", () => {
    let isBroken = true;
    const parts: number[] = [];
    const { crew } = crewOf((part) => {
      if (isBroken) {
        throw new Error("broken");
      }
      parts.push(part);
    }, 2);
    assert.throws(() => crew.run(1, 3, []), /broken/);
    isBroken = false;
    crew.run(1, 3, []);
    assert.deepEqual(parts.toSorted(), [0, 1, 2]);
  });

  it("works alone after a helper was lost", () => {
    const parts: number[] = [];
    const { crew, control } = crewOf((part) => parts.push(part), 3);
    assert.equal(crew.threadCount, 4);
    reportLoss(control);
    crew.run(1, 2, []);
    assert.deepEqual(parts, [0, 1]);
    assert.equal(crew.threadCount, 1);
  });
});
