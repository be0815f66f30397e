import assert from "node:assert/strict";
import { createTokenWindow } from "../../../../src/models/neural/tokenWindow.ts";
import { usePlainBackend } from "../../../support/tinyNetwork.ts";

describe("createTokenWindow", () => {
  before(usePlainBackend);

  it("has every token once, and says where it stands", () => {
    const { distinct, places } = createTokenWindow(Int32Array.of(7, 3, 7, 7, 0, 3));
    assert.deepEqual([...distinct.dataSync()], [7, 3, 0]);
    assert.deepEqual([...places.dataSync()], [0, 1, 0, 0, 2, 1]);
    distinct.dispose();
    places.dispose();
  });
});
