import assert from "node:assert/strict";
import type { Hypothesis } from "../../../src/decoding/beamSearch.ts";
import { continuationRest, shortened, toContinuation } from "../../../src/decoding/continuation.ts";
import {
  chooseEnds,
  expectedSaving,
  type RankedEnd,
  rankEnds,
  type SavingCosts,
} from "../../../src/decoding/stopRule.ts";
import { createRng, type Rng } from "../../../src/base/rng.ts";
import { encodeUtf8 } from "../../../src/base/utf8.ts";

const COSTS: SavingCosts = { acceptKeys: 1, shownKeys: 0.5 };

describe("stop rule", () => {
  it("counts what accepting and looking cost", () => {
    assert.equal(expectedSaving(1, 10, COSTS), 8.5);
    assert.equal(expectedSaving(0, 10, COSTS), -0.5);
    assert.equal(expectedSaving(0.5, 4, COSTS), 1);
  });

  it("is worth what playing on through all that may come is worth, however the tree looks", () => {
    const rng = createRng(7);
    for (let round = 0; round < 200; round++) {
      const tree = randomTree(rng);
      const costs = { acceptKeys: 2 * rng.next() - 1, shownKeys: 2 * rng.next() };
      const { ends, savedWaiting } = rankEnds(tree, costs);
      const expected = playOn(tree, costs);
      assert.ok(Math.abs(savedWaiting - expected.waiting) < 1e-9);
      assert.equal(ends.length, expected.showing.size);
      for (const { hypothesis, savedKeys } of ends) {
        assert.ok(Math.abs(savedKeys - (expected.showing.get(hypothesis) ?? NaN)) < 1e-9);
      }
    }
  });

  it("goes on only while one long text is better than two short ones", () => {
    // Behind `return` comes ` value` eight times in nine, which is worth the same key; `.name` two times in five, which is not.
    const path = hypotheses([
      ["return", 0.9],
      ["return value", 0.8],
      ["return value.name", 0.3],
    ]);
    assert.deepEqual(best(path), ["return value"]);
  });

  it("would rather wait for the key that tells two texts apart", () => {
    const start = hypotheses([["", 1]])[0]!;
    const first = hypotheses([["alpha(one)", 0.5]], start);
    const second = hypotheses([["beta(two)", 0.5]], start);
    const { ends, savedWaiting } = rankEnds([start, ...first, ...second], { acceptKeys: -1, shownKeys: 2 });
    assert.ok(savedWaiting > (ends[0]?.savedKeys ?? NaN));
    const alone = rankEnds([start, ...first], { acceptKeys: -1, shownKeys: 0.5 });
    assert.ok(alone.savedWaiting < (alone.ends[0]?.savedKeys ?? NaN));
  });

  it("ends where a piece or a word ends, not in its midst", () => {
    const path = hypotheses([["return", 0.9]]);
    assert.deepEqual(all(path), ["return"]);
    assert.deepEqual(all([...path.slice(0, -1), { ...path.at(-1)!, isPieceEnd: false }]), []);
  });

  it("ends at a word's end inside a piece when something else than a letter comes next", () => {
    const [start, letter] = hypotheses([["x", 0.9]]);
    const masses = new Float64Array(256);
    masses[0x28] = 0.8;
    assert.deepEqual(all([start!, { ...letter!, isPieceEnd: false, nextMasses: masses }]), ["x"]);
    masses[0x61] = 0.79;
    assert.deepEqual(all([start!, { ...letter!, isPieceEnd: false, nextMasses: masses }]), []);
  });

  it("ends inside a word only behind four characters of it", () => {
    const masses = new Float64Array(256);
    masses[0x61] = 0.8;
    const ending = (text: string): (string | undefined)[] => {
      const path = hypotheses([[text, 0.9]]);
      return all([...path.slice(0, -1), { ...path.at(-1)!, nextMasses: masses }]);
    };
    assert.deepEqual(ending("r"), []);
    assert.deepEqual(ending("ret"), []);
    assert.deepEqual(ending("retu"), ["retu"]);
  });

  it("ends at no white space but one space behind something that can be seen", () => {
    for (const [text, expected] of [
      ["    ", []],
      ["\t", []],
      ["=  ", ["="]],
      ["=\t", ["="]],
      ["= ", ["=", "= "]],
    ] as const) {
      const path = hypotheses([[text, 0.9]]).map((hypothesis) => ({ ...hypothesis, isPieceEnd: true }));
      const relinked: Hypothesis[] = [];
      for (const hypothesis of path) {
        relinked.push({ ...hypothesis, parent: relinked.at(-1) });
      }
      assert.deepEqual(
        all(relinked).sort(),
        [...expected, ...(text === "=  " ? ["= "] : [])].sort(),
        JSON.stringify(text),
      );
    }
  });

  it("prefers a word's end to a surer end inside it that saves less", () => {
    const path = hypotheses([
      ["retu", 0.9],
      ["return", 0.8],
    ]);
    assert.deepEqual(best(path), ["return"]);
  });

  it("weighs what claims are worth, not what they say", () => {
    const path = hypotheses([
      ["return", 0.9],
      ["return value", 0.8],
    ]);
    assert.deepEqual(textOf(rankEnds(path, COSTS).ends[0]), "return value");
    const doubtful = rankEnds(path, COSTS, (claim) => claim ** 4);
    assert.deepEqual(textOf(doubtful.ends[0]), "return");
  });

  it("gives alternatives none of which is the beginning of another", () => {
    const start = hypotheses([["", 1]])[0]!;
    const first = hypotheses([["foo(", 0.5], ["foo(bar)", 0.4]], start); // prettier-ignore
    const second = hypotheses([["quux", 0.3]], start);
    const { ends } = rankEnds([start, ...first, ...second], COSTS);
    assert.deepEqual(
      chooseEnds(ends, 5, (continuation) => continuation).map(({ text }) => text),
      ["foo(bar)", "quux"],
    );
    const withoutLast = chooseEnds(ends, 5, (continuation) =>
      continuation.text === "foo(bar)" ? undefined : continuation,
    );
    assert.deepEqual(withoutLast.map(({ text }) => text).sort(), ["foo(", "quux"]);
  });

  it("knows the probability of every beginning, in UTF-16 units", () => {
    const path = hypotheses([
      ["é", 0.5],
      ["é😀", 0.25],
      ["é😀!", 0.125],
    ]);
    const continuation = toContinuation(path.at(-1)!);
    assert.equal(continuation.text, "é😀!");
    assert.deepEqual([...continuation.probabilities], [1, 0.5, 0.5, 0.25, 0.125]);
    assert.equal(shortened(continuation, 3).probability, 0.25);
    assert.deepEqual(continuationRest(continuation, 1).probability, 0.25);
    assert.equal(continuationRest(continuation, 1).text, "😀!");
  });
});

function textOf(end: RankedEnd | undefined): string | undefined {
  return end === undefined ? undefined : toContinuation(end.hypothesis).text;
}

function all(tree: readonly Hypothesis[]): (string | undefined)[] {
  return rankEnds(tree, COSTS).ends.map(textOf);
}

function best(tree: readonly Hypothesis[]): (string | undefined)[] {
  return all(tree).slice(0, 1);
}

/** Texts of letters and brackets, each of whose children have less probability together than it has. */
function randomTree(rng: Rng): Hypothesis[] {
  const tree = hypotheses([]);
  for (let index = 0; index < tree.length && tree.length < 14; index++) {
    const parent = tree[index]!;
    let left = parent.probability;
    for (const byte of [0x61, 0x28, 0x29].slice(0, Math.floor(rng.next() * 4))) {
      const probability = left * rng.next();
      left -= probability;
      tree.push({
        parent,
        byte,
        byteLength: parent.byteLength + 1,
        probability,
        isWholeCharacters: true,
        isPieceEnd: rng.next() < 0.5,
        nextMasses: undefined,
      });
    }
  }
  return tree;
}

/** The definition, played through: from every text, the better of showing some text behind it and of showing nothing. */
function playOn(
  tree: readonly Hypothesis[],
  { acceptKeys, shownKeys }: SavingCosts,
): { readonly waiting: number; readonly showing: ReadonlyMap<Hypothesis, number> } {
  const isEnd = new Set(rankEnds(tree, COSTS).ends.map(({ hypothesis }) => hypothesis));
  const isBehind = (text: Hypothesis, before: Hypothesis): boolean =>
    text === before || (text.parent !== undefined && isBehind(text.parent, before));
  const share = (text: Hypothesis, before: Hypothesis): number => text.probability / before.probability;
  const waiting = (at: Hypothesis): number =>
    tree.filter(({ parent }) => parent === at).reduce((sum, next) => sum + share(next, at) * value(next), 0);
  /** What comes where `end` is shown at `at` and another text than it comes. */
  const elsewhere = (at: Hypothesis, end: Hypothesis): number =>
    at === end
      ? 0
      : tree
          .filter(({ parent }) => parent === at)
          .reduce((sum, next) => sum + share(next, at) * (isBehind(end, next) ? elsewhere(next, end) : value(next)), 0);
  const showing = (at: Hypothesis, end: Hypothesis): number =>
    share(end, at) * (end.byteLength - at.byteLength - acceptKeys + value(end)) + elsewhere(at, end) - shownKeys;
  const endsBehind = (at: Hypothesis): Hypothesis[] =>
    tree.filter((end) => isEnd.has(end) && end !== at && isBehind(end, at));
  const value = (at: Hypothesis): number => Math.max(waiting(at), ...endsBehind(at).map((end) => showing(at, end)));
  const root = tree[0]!;
  return { waiting: waiting(root), showing: new Map(endsBehind(root).map((end) => [end, showing(root, end)])) };
}

/** A chain of hypotheses, byte by byte; only the listed texts end a piece, and bytes between have the next one's probability. */
function hypotheses(ends: readonly (readonly [string, number])[], start?: Hypothesis): Hypothesis[] {
  const root: Hypothesis = start ?? {
    parent: undefined,
    byte: -1,
    byteLength: 0,
    probability: 1,
    isWholeCharacters: true,
    isPieceEnd: true,
    nextMasses: undefined,
  };
  const chain = start === undefined ? [root] : [];
  let parent = root;
  for (const [text, probability] of ends) {
    const bytes = encodeUtf8(text);
    for (let length = parent.byteLength + 1; length <= bytes.length; length++) {
      const isEnd = length === bytes.length;
      const byte = bytes[length - 1]!;
      parent = {
        parent,
        byte,
        byteLength: length,
        probability,
        isWholeCharacters: isEnd || byte < 0x80,
        isPieceEnd: isEnd,
        nextMasses: undefined,
      };
      chain.push(parent);
    }
  }
  return chain;
}
