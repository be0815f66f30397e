import assert from "node:assert/strict";
import { ReadingPace } from "../../../src/predictor/readingPace.ts";

describe("reading pace", () => {
  it("says how much can be read in a time", () => {
    const pace = new ReadingPace({ msPerToken: 2, charsPerToken: 3 });
    assert.equal(pace.charsWithin(20), 30);
    assert.equal(pace.charsWithin(-5), 0);
  });

  it("notices at once that the machine has become slower, and slowly that it has become faster", () => {
    const slowed = new ReadingPace({ msPerToken: 1, charsPerToken: 1 });
    slowed.record({ tokens: 16, chars: 16, ms: 160 });
    assert.ok(slowed.charsWithin(100) < 12);
    const sped = new ReadingPace({ msPerToken: 10, charsPerToken: 1 });
    sped.record({ tokens: 16, chars: 16, ms: 16 });
    assert.ok(sped.charsWithin(100) < 12);
    for (let n = 0; n < 40; n++) {
      sped.record({ tokens: 16, chars: 16, ms: 16 });
    }
    assert.ok(sped.charsWithin(100) > 90);
  });

  it("learns how long tokens are, and nothing from nothing", () => {
    const pace = new ReadingPace({ msPerToken: 1, charsPerToken: 1 });
    pace.record({ tokens: 0, chars: 0, ms: 50 });
    assert.equal(pace.charsWithin(10), 10);
    for (let n = 0; n < 20; n++) {
      pace.record({ tokens: 100, chars: 400, ms: 100 });
    }
    assert.equal(pace.charsWithin(10), 39);
  });
});
