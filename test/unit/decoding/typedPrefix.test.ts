import assert from "node:assert/strict";
import { DecodingTree } from "../../../src/decoding/decodingTree.ts";
import { PieceIndex } from "../../../src/decoding/pieceIndex.ts";
import { extendFront, nextByteMasses, nodesToEvaluate } from "../../../src/decoding/textFront.ts";
import { coverTypedPrefix, cutTypedPrefix, DEFAULT_COVER_OPTIONS } from "../../../src/decoding/typedPrefix.ts";
import { encodeUtf8 } from "../../../src/base/utf8.ts";
import { bruteForceProbability, finish, irregularModel, ToyVocabulary } from "./toyModel.ts";

const EXACT = { ...DEFAULT_COVER_OPTIONS, tolerance: 0, maxEvaluations: Infinity };

describe("typed prefix", () => {
  // Every way to cut "abab…" is open, one piece reaches over several others, and "a" is there twice.
  const vocabulary = new ToyVocabulary(["a", "b", "ab", "ba", "aba", "abab", " ", Uint8Array.of(0x61), "c"]);
  const model = irregularModel(vocabulary, 11);
  const tree = new DecodingTree(model, new PieceIndex(vocabulary), model.initialState());

  for (const typed of ["", "a", "ab", "abab", "abaabc", "ccab"]) {
    it(`conditions over all ways to cover ${JSON.stringify(typed)} with pieces`, () => {
      const typedBytes = encodeUtf8(typed);
      const front = finish(coverTypedPrefix(tree, { node: tree.root, typedBytes }, EXACT));
      assert.ok(Math.abs(front.mass - 1) < 1e-12);
      tree.evaluate(nodesToEvaluate(front, 0));
      const masses = nextByteMasses(front, tree.pieces);
      const whole = bruteForceProbability(model, vocabulary, { state: [], bytes: typedBytes });
      for (const next of "abc ") {
        const bytes = encodeUtf8(typed + next);
        const expected = bruteForceProbability(model, vocabulary, { state: [], bytes }) / whole;
        assert.ok(
          Math.abs(masses[next.charCodeAt(0)]! - expected) < 1e-6,
          `${next}: ${masses[next.charCodeAt(0)]} ≠ ${expected}`,
        );
        assert.ok(Math.abs(extendFront(front, next.charCodeAt(0), tree).mass - expected) < 1e-6);
      }
    });
  }

  it("comes close with the default tolerance", () => {
    const typedBytes = encodeUtf8("abab");
    const exact = nextMassesAfter(typedBytes, EXACT);
    const close = nextMassesAfter(typedBytes, DEFAULT_COVER_OPTIONS);
    for (const [byte, mass] of exact.entries()) {
      assert.ok(Math.abs(mass - close[byte]!) < 0.05);
    }
  });

  it("finds nothing where no piece fits", () => {
    const front = finish(coverTypedPrefix(tree, { node: tree.root, typedBytes: encodeUtf8("abx") }, EXACT));
    assert.deepEqual(front, { strands: [], mass: 0 });
  });

  it("stops when told to", () => {
    const front = finish(
      coverTypedPrefix(tree, { node: tree.root, typedBytes: encodeUtf8("ab") }, { ...EXACT, shouldStop: () => true }),
    );
    assert.equal(front.mass, 0);
  });

  it("computes nothing twice from key to key", () => {
    const fresh = irregularModel(vocabulary, 12);
    const kept = new DecodingTree(fresh, new PieceIndex(vocabulary), fresh.initialState());
    finish(coverTypedPrefix(kept, { node: kept.root, typedBytes: encodeUtf8("aba") }, EXACT));
    const { stepCount } = fresh;
    finish(coverTypedPrefix(kept, { node: kept.root, typedBytes: encodeUtf8("aba") }, EXACT));
    assert.equal(fresh.stepCount, stepCount);
    finish(coverTypedPrefix(kept, { node: kept.root, typedBytes: encodeUtf8("abab") }, EXACT));
    assert.ok(fresh.stepCount > stepCount);
  });

  it("cuts where pieces surely end, and far back in a run without end", () => {
    const cut = cutTypedPrefix(vocabulary, "ab aba");
    assert.equal(vocabulary.decode(cut.tokens), "ab ");
    assert.deepEqual(cut.typedBytes, encodeUtf8("aba"));
    const run = "ab".repeat(400);
    const long = cutTypedPrefix(vocabulary, run);
    assert.ok(long.typedBytes.length <= 96);
    assert.equal(vocabulary.decode(long.tokens) + new TextDecoder().decode(long.typedBytes), run);
  });

  function nextMassesAfter(typedBytes: Uint8Array, options: typeof EXACT): Float64Array {
    const front = finish(coverTypedPrefix(tree, { node: tree.root, typedBytes }, options));
    tree.evaluate(nodesToEvaluate(front, 0));
    return nextByteMasses(front, tree.pieces);
  }
});
