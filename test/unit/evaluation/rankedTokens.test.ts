import assert from "node:assert/strict";
import { createRng } from "../../../src/base/rng.ts";
import { MixtureRanking, RankedTokens } from "../../../src/evaluation/rankedTokens.ts";
import { topOf } from "../../../src/models/counting/topTokens.ts";

const V = 40;

/** Few tokens have most of it, as in a text. */
function distribution(next: () => number): Float64Array {
  const values = Float64Array.from({ length: V }, () => next() ** 12);
  const sum = values.reduce((a, b) => a + b, 0);
  return values.map((value) => value / sum);
}

interface Place {
  readonly parts: readonly Float64Array[];
  readonly shares: readonly number[];
  readonly came: number;
}

function places(count: number): readonly Place[] {
  const rng = createRng(3);
  const next = (): number => rng.next();
  return Array.from({ length: count }, () => {
    const shares = [...distribution(next).slice(0, 3)];
    const parts = [0, 1, 2].map(() => distribution(next));
    const mixed = mixtureOf({ parts, shares });
    const likeliest = mixed.indexOf(Math.max(...mixed));
    return { parts, shares, came: rng.next() < 0.5 ? likeliest : rng.nextInt(V) };
  });
}

/** What the mixture gives to every token. */
function mixtureOf({ parts, shares }: Omit<Place, "came">): Float64Array {
  return Float64Array.from({ length: V }, (_, token) =>
    parts.reduce((sum, part, index) => sum + (shares[index] as number) * (part[token] as number), 0),
  );
}

function rank(all: readonly Place[], width: number): readonly number[] {
  const ranked = [0, 1, 2].map((part) => {
    const tokens = new RankedTokens(all.length, width);
    all.forEach(({ parts }, place) => {
      tokens.set(place, topOf(parts[part] as Float64Array, width));
    });
    return tokens;
  });
  const ranking = new MixtureRanking(V, ranked);
  return all.map(({ shares, came }, place) => ranking.mostOfOthers(place, shares, came));
}

function mostOfOthers(place: Place): number {
  return Math.max(...mixtureOf(place).filter((_, token) => token !== place.came));
}

describe("The likeliest token of a mixture", () => {
  const all = places(500);

  it("is known exactly where all tokens of each part are named", () => {
    rank(all, V).forEach((most, place) => {
      assert.ok(Math.abs(most - mostOfOthers(all[place] as Place)) < 1e-12, `at ${place}`);
    });
  });

  it("is never taken to be the one that came where it is not, and seldom not where it is, when few are named", () => {
    let missed = 0;
    let right = 0;
    rank(all, 8).forEach((most, index) => {
      const place = all[index] as Place;
      const expected = mostOfOthers(place);
      assert.ok(most >= expected - 1e-12, `${most}, expected ${expected}, at ${index}`);
      const own = mixtureOf(place)[place.came] as number;
      right += own >= expected ? 1 : 0;
      // A token that one part does not name may have up to that part's floor.
      missed += own >= expected && own < most ? 1 : 0;
    });
    assert.ok(right > all.length / 3 && missed > 0 && missed < right / 10, `${missed} of ${right}`);
  });

  it("takes tokens that a part does not name for want of tokens as impossible there", () => {
    const one = new RankedTokens(1, 4);
    one.set(0, { tokens: [5, 0], probabilities: [0.75, 0.25] });
    const other = new RankedTokens(1, 4);
    other.set(0, { tokens: [7], probabilities: [1] });
    const ranking = new MixtureRanking(V, [one, other]);
    assert.equal(ranking.mostOfOthers(0, [0.8, 0.2], 5), 0.2);
    assert.equal(ranking.mostOfOthers(0, [0.5, 0.5], 7), 0.375);
    assert.equal(ranking.mostOfOthers(0, [0, 0], 7), 0);
  });
});
