import assert from "node:assert/strict";
import {
  beamSearch,
  type BeamOptions,
  DEFAULT_BEAM_OPTIONS,
  type Hypothesis,
  hypothesisBytes,
} from "../../../src/decoding/beamSearch.ts";
import { DecodingTree } from "../../../src/decoding/decodingTree.ts";
import { PieceIndex } from "../../../src/decoding/pieceIndex.ts";
import { coverTypedPrefix, DEFAULT_COVER_OPTIONS } from "../../../src/decoding/typedPrefix.ts";
import { decodeUtf8, encodeUtf8 } from "../../../src/base/utf8.ts";
import type { Vocabulary } from "../../../src/tokens/vocabulary.ts";
import { bruteForceProbability, finish, irregularModel, type ToyModel, ToyVocabulary } from "./toyModel.ts";

const EVERYTHING: BeamOptions = {
  width: Infinity,
  minProbability: 0,
  maxBytes: 4,
  tolerance: 0,
  shouldStop: () => false,
};

describe("beam search", () => {
  const vocabulary = new ToyVocabulary([
    "a",
    "b",
    "ab",
    "ba",
    "aba",
    "\n",
    "é",
    Uint8Array.of(0xc3),
    Uint8Array.of(0xa9),
  ]);
  const model = irregularModel(vocabulary, 5);

  for (const typed of ["", "a", "ab"]) {
    it(`enumerates every text with its probability when nothing limits it, after ${JSON.stringify(typed)}`, () => {
      const hypotheses = search(model, vocabulary, { typed, options: EVERYTHING });
      const typedMass = bruteForceProbability(model, vocabulary, { state: [], bytes: encodeUtf8(typed) });
      const expected = allByteStrings(4).map((bytes) => [...encodeUtf8(typed), ...bytes]);
      assert.equal(hypotheses.length, expected.length);
      const found = new Map(
        hypotheses.map((hypothesis) => [hypothesisBytes(hypothesis).join(), hypothesis.probability]),
      );
      assert.equal(found.size, hypotheses.length, "texts are distinct");
      for (const bytes of expected) {
        const probability = bruteForceProbability(model, vocabulary, { state: [], bytes }) / typedMass;
        const got = found.get(bytes.slice(encodeUtf8(typed).length).join());
        assert.ok(
          got !== undefined && Math.abs(got - probability) < 1e-6,
          `${decodeUtf8(bytes)}: ${got} ≠ ${probability}`,
        );
      }
    });
  }

  it("finds the most probable text of every length with a width of one where the greedy text is the best", () => {
    const everything = search(model, vocabulary, { typed: "", options: EVERYTHING });
    const narrow = search(model, vocabulary, { typed: "", options: { ...EVERYTHING, width: 1 } });
    assert.ok(narrow.length < everything.length);
    let greedy = everything[0]!;
    for (let length = 1; length <= 4; length++) {
      const children = everything.filter(({ parent }) => parent === greedy);
      greedy = children.reduce((best, other) => (other.probability > best.probability ? other : best));
      assert.ok(narrow.some((hypothesis) => hypothesisBytes(hypothesis).join() === hypothesisBytes(greedy).join()));
    }
  });

  it("leaves out what is less probable than asked for, and nothing else", () => {
    const everything = search(model, vocabulary, { typed: "", options: EVERYTHING });
    const likely = search(model, vocabulary, { typed: "", options: { ...EVERYTHING, minProbability: 0.1 } });
    assert.deepEqual(
      new Set(likely.map((hypothesis) => hypothesisBytes(hypothesis).join())),
      new Set(
        everything
          .filter(({ probability }) => probability >= 0.1)
          .map((hypothesis) => hypothesisBytes(hypothesis).join()),
      ),
    );
  });

  it("never leaves the line and never makes malformed characters", () => {
    for (const hypothesis of search(model, vocabulary, { typed: "", options: { ...EVERYTHING, maxBytes: 5 } })) {
      const text = decodeUtf8(hypothesisBytes(hypothesis));
      assert.ok(!text.includes("\n"));
      assert.equal(text.includes("\ufffd"), !hypothesis.isWholeCharacters);
    }
  });

  it("goes on over as many line ends as it may, with the probability of the whole", () => {
    for (const maxLines of [2, 3]) {
      const hypotheses = search(model, vocabulary, { typed: "", options: { ...EVERYTHING, maxLines } });
      const counts = hypotheses.map((hypothesis) => hypothesisBytes(hypothesis).filter((byte) => byte === 0x0a).length);
      assert.equal(Math.max(...counts), maxLines - 1);
      assert.deepEqual(
        hypotheses.map(({ lineEnds }) => lineEnds),
        counts,
      );
      for (const hypothesis of hypotheses) {
        const bytes = hypothesisBytes(hypothesis);
        const probability = bruteForceProbability(model, vocabulary, { state: [], bytes });
        assert.ok(Math.abs(hypothesis.probability - probability) < 1e-6, decodeUtf8(bytes));
      }
    }
  });

  it("gives the best found so far when stopped", () => {
    let stepsLeft = 3;
    const options = { ...DEFAULT_BEAM_OPTIONS, shouldStop: () => stepsLeft-- <= 0 };
    const stopped = search(model, vocabulary, { typed: "", options });
    assert.ok(stopped.length > 1);
    assert.ok(stopped.length < search(model, vocabulary, { typed: "", options: DEFAULT_BEAM_OPTIONS }).length);
  });
});

interface SearchCase {
  readonly typed: string;
  readonly options: BeamOptions;
}

function search(model: ToyModel, vocabulary: Vocabulary, { typed, options }: SearchCase): readonly Hypothesis[] {
  const tree = new DecodingTree(model, new PieceIndex(vocabulary), model.initialState());
  const exact = { ...DEFAULT_COVER_OPTIONS, tolerance: 0, maxEvaluations: Infinity };
  const front = finish(coverTypedPrefix(tree, { node: tree.root, typedBytes: encodeUtf8(typed) }, exact));
  return finish(beamSearch(tree, front, options));
}

/** All sequences of at most `length` bytes out of a, b and é, the last é perhaps cut after its first byte. */
function allByteStrings(length: number): number[][] {
  const whole: number[][] = [[]];
  for (const bytes of whole) {
    for (const character of ["a", "b", "é"]) {
      const longer = [...bytes, ...encodeUtf8(character)];
      if (longer.length <= length) {
        whole.push(longer);
      }
    }
  }
  return [...whole, ...whole.filter((bytes) => bytes.length < length).map((bytes) => [...bytes, 0xc3])];
}
