import assert from "node:assert/strict";
import { createRng } from "../../../src/base/rng.ts";
import { DecodingTree } from "../../../src/decoding/decodingTree.ts";
import { PieceIndex } from "../../../src/decoding/pieceIndex.ts";
import { sampleCover, sampleIndex, type Sampler, sampleTokens } from "../../../src/decoding/sampling.ts";
import { coverTypedPrefix } from "../../../src/decoding/typedPrefix.ts";
import { encodeUtf8 } from "../../../src/base/utf8.ts";
import { finish, irregularModel, ToyModel, ToyVocabulary } from "./toyModel.ts";

const PLAIN = { temperature: 1, topK: Infinity, topP: 1 };

describe("sampling", () => {
  const weights = [0.1, 0.6, 0, 0.3];

  const rows: readonly (readonly [string, Partial<Sampler>, readonly number[]])[] = [
    ["draws in proportion to the probabilities at temperature 1", {}, [0.1, 0.6, 0, 0.3]],
    ["takes the most probable at temperature 0", { temperature: 0 }, [0, 1, 0, 0]],
    ["sharpens below temperature 1", { temperature: 0.5 }, [0.01 / 0.46, 0.36 / 0.46, 0, 0.09 / 0.46]],
    ["keeps the k most probable", { topK: 2 }, [0, 2 / 3, 0, 1 / 3]],
    ["keeps the fewest that hold p", { topP: 0.85 }, [0, 2 / 3, 0, 1 / 3]],
    ["keeps the most probable even where it holds more than p", { topP: 0.2 }, [0, 1, 0, 0]],
  ];
  for (const [title, options, expected] of rows) {
    it(title, () => {
      const sampler = { ...PLAIN, ...options, rng: createRng(1) };
      const counts = [0, 0, 0, 0];
      for (let n = 0; n < 4000; n++) {
        counts[sampleIndex(weights, sampler)]!++;
      }
      for (const [index, share] of expected.entries()) {
        assert.ok(Math.abs(counts[index]! / 4000 - share) < 0.03, `${index}: ${counts[index]! / 4000} ≠ ${share}`);
      }
    });
  }

  it("draws the same for the same seed and something else for another", () => {
    const vocabulary = new ToyVocabulary(["a", "b", "c", "ab"]);
    const model = irregularModel(vocabulary, 3);
    const draw = (seed: number): number[] => {
      const tokens: number[] = [];
      for (const token of sampleTokens({ model, vocabulary }, model.initialState(), {
        ...PLAIN,
        rng: createRng(seed),
      })) {
        if (tokens.push(token) >= 40) {
          break;
        }
      }
      return tokens;
    };
    assert.deepEqual(draw(1), draw(1));
    assert.notDeepEqual(draw(1), draw(2));
  });

  it("ends where the document ends", () => {
    const vocabulary = new ToyVocabulary(["a"]);
    const model = new ToyModel(vocabulary.size, (state, token) =>
      token === (state.length < 3 ? 2 : vocabulary.endId) ? 1 : 0,
    );
    assert.deepEqual([...sampleTokens({ model, vocabulary }, [], { ...PLAIN, rng: createRng(1) })], [2, 2, 2]);
  });

  it("finishes the piece that was begun", () => {
    const vocabulary = new ToyVocabulary(["r", "e", "return", "rest", "x"]);
    const model = new ToyModel(vocabulary.size, (_state, token) => [0, 0, 0.01, 0.01, 0.6, 0.3, 0.08][token]!);
    const tree = new DecodingTree(model, new PieceIndex(vocabulary), model.initialState());
    const front = finish(coverTypedPrefix(tree, { node: tree.root, typedBytes: encodeUtf8("re") }));
    const counts = new Map<string, number>();
    const sampler = { ...PLAIN, rng: createRng(4) };
    for (let n = 0; n < 900; n++) {
      const { bytes } = sampleCover(tree, front, sampler);
      const text = new TextDecoder().decode(bytes);
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    assert.ok(Math.abs(counts.get("turn")! / 900 - 2 / 3) < 0.05);
    assert.ok(Math.abs(counts.get("st")! / 900 - 1 / 3) < 0.05);
  });
});
