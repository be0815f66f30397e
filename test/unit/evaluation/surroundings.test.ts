import assert from "node:assert/strict";
import { Surroundings } from "../../../src/evaluation/surroundings.ts";
import { Neighbourhood } from "../../../src/models/counting/neighbourhood.ts";
import { PlaceContexts } from "../../../src/models/counting/placeContexts.ts";

const document = (path: string | null, length: number): { path: string | null; tokens: Uint16Array } => ({
  path,
  tokens: new Uint16Array(length).fill(1),
});

describe("Surroundings", () => {
  it("are of all files that are known and were read, but for the document itself and copies of it", () => {
    const near = new Neighbourhood({
      vocabularySize: 3,
      startId: 0,
      placeContexts: new PlaceContexts(["", "\n", "a"]),
    });
    const surroundings = new Surroundings(near, [document("w/a", 100), document("w/b", 30), document(null, 500)]);
    const enter = (path: string | null, length: number): readonly number[] => {
      Array.from(surroundings.enter(document(path, length)));
      return [near.folder.tokenCount, near.recent.tokenCount];
    };
    assert.deepEqual(enter("w/c", 30), [100, 0]);
    surroundings.leave(document("w/c", 7));
    assert.deepEqual(enter("w/d", 1), [137, 7]);
    surroundings.leave(document("w/d", 2_500));
    assert.deepEqual(enter(null, 1), [0, 2_007], "near nothing, and the end of what was read is remembered");
    surroundings.leave(document("w/a", 80));
    assert.deepEqual(enter("w/d", 1)[0], 117, "what was read takes the place of what was known of it");
  });
});
