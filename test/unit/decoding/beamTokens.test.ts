import assert from "node:assert/strict";
import { beamTokens } from "../../../src/decoding/beamTokens.ts";
import { ToyModel, ToyVocabulary } from "./toyModel.ts";

const VOCABULARY = new ToyVocabulary(["a", "b", "c", "d"]);
const [a, b, c, d] = [2, 3, 4, 5];

/** `a` comes first more often than `b`, but nobody knows what comes behind it; behind `b` comes `c`, and the end behind that. */
const MODEL = new ToyModel(VOCABULARY.size, (state, token) => {
  const last = state.at(-1);
  if (last === undefined) {
    return [0.9, 0, 0.6, 0.4, 0, 0][token] ?? 0;
  }
  if (last === b) {
    return token === c ? 1 : 1e-6;
  }
  return last === c ? Number(token === VOCABULARY.endId) + 1e-6 : 1;
});

function written(
  width: number,
  { lengthTokens = 3, stopAfter = Infinity } = {},
): { tokens: readonly number[]; steps: number } {
  let asked = 0;
  const work = beamTokens({ model: MODEL, vocabulary: VOCABULARY }, MODEL.initialState(), {
    width,
    lengthTokens,
    shouldStop: () => asked++ >= stopAfter,
  });
  for (let steps = 0; ; steps++) {
    const step = work.next();
    if (step.done === true) {
      return { tokens: step.value, steps };
    }
  }
}

describe("beamTokens", () => {
  it("is greedy with one beam, and finds with two what is likelier as a whole", () => {
    assert.equal(written(1).tokens[0], a);
    assert.deepEqual(written(2).tokens, [b, c]);
  });

  it("writes no token without bytes, though START is the likeliest of all", () => {
    for (const width of [1, 2, 5]) {
      assert.ok(!written(width).tokens.includes(VOCABULARY.startId));
    }
  });

  it("ends at the length that is asked for, and where it is told to stop with the best so far", () => {
    assert.deepEqual(written(2, { lengthTokens: 1 }).tokens, [a]);
    assert.deepEqual(written(2, { lengthTokens: 0 }).tokens, []);
    assert.deepEqual(written(2, { stopAfter: 1 }).tokens, [a]);
  });

  it("finds the best of all texts of a length where the beam is wide enough for all", () => {
    const { tokens } = written(4 ** 2, { lengthTokens: 2 });
    assert.deepEqual(tokens, [b, c]);
    assert.ok(!tokens.includes(d));
  });
});
