import assert from "node:assert/strict";
import { CountIndex } from "../../../../src/models/counting/countIndex.ts";
import { LocalCounts } from "../../../../src/models/counting/localCounts.ts";
import { extendHistory, type TokenHistory } from "../../../../src/models/counting/tokenHistory.ts";
import { Evidence } from "../../../../src/models/mixture/evidence.ts";
import { NestedCounts } from "../../../../src/models/mixture/nestedCounts.ts";
import { TrustTable } from "../../../../src/models/mixture/trustTable.ts";

const START = 0;
const V = 5;

const historyOf = (...tokens: readonly number[]): TokenHistory | null =>
  [START, ...tokens].reduce<TokenHistory | null>((history, token) => extendHistory(history, token, START), null);

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} in place of ${expected}`);
}

describe("NestedCounts", () => {
  it("gives what the chain gives by hand", () => {
    // Untrained trust is Witten and Bell's: n / (n + t), n what followed and t the different tokens.
    const counts = new CountIndex({ vocabularySize: V, startId: START });
    counts.learn([1, 2, 1, 3]);
    const local = new LocalCounts({ vocabularySize: V, startId: START });
    local.learn(historyOf(), 1);
    local.learn(historyOf(1), 4);
    const trust = new TrustTable(TrustTable.untrained());
    const nested = new NestedCounts({ vocabularySize: V, startId: START, counts, local, trust });
    nested.evaluate(historyOf(2, 1));
    // Single tokens by continuation: 1 behind START and 2, 2 and 3 behind 1; four in all, of three kinds, over a uniform guess among four.
    const base = [1, 2, 3, 4].map((token) => ([0, 2, 1, 1, 0][token] as number) / 7 + 3 / 7 / 4);
    // Nothing in mind: 1 behind START, 4 behind 1.
    const afterLocal0 = base.map((p, index) => p / 2 + ([1, 0, 0, 1][index] as number) / 4);
    // Behind 1 in the workspace: 2 and 3, each in one longer context.
    const after1 = afterLocal0.map((p, index) => p / 2 + ([0, 1, 1, 0][index] as number) / 4);
    // Behind 1 in mind, which is the longest context there: 4.
    const afterLocal1 = after1.map((p, index) => p / 2 + (index === 3 ? 1 / 2 : 0));
    // Behind 2 1 in the workspace: 3.
    const after21 = afterLocal1.map((p, index) => p / 2 + (index === 2 ? 1 / 2 : 0));
    after21.forEach((expected, index) => {
      near(nested.probability(index + 1), expected);
    });
    assert.equal(nested.probability(START), 0);
    const [probabilities, logs] = [new Float64Array(V), new Float64Array(V)];
    nested.fill(probabilities, logs);
    probabilities.forEach((value, token) => {
      near(value, nested.probability(token));
      near(Math.exp(logs[token] as number), value);
    });
    assert.deepEqual([nested.workspaceMatch.depth, nested.localMatch.depth], [2, 1]);
  });

  it("tells context by context what it tells as a whole", () => {
    const counts = new CountIndex({ vocabularySize: V, startId: START });
    counts.learn([1, 2, 1, 3, 2, 1, 4]);
    const local = new LocalCounts({ vocabularySize: V, startId: START });
    local.learn(historyOf(), 1);
    local.learn(historyOf(1), 4);
    const trust = new TrustTable(TrustTable.untrained());
    const nested = new NestedCounts({ vocabularySize: V, startId: START, counts, local, trust });
    nested.evaluate(null);
    const base = [1, 2, 3, 4].map((token) => nested.probability(token));
    assert.equal(local.places, null);
    nested.evaluate(historyOf(2, 1));
    const evidence = new Evidence();
    nested.addEvidence(evidence);
    assert.equal(evidence.findings.length, 4);
    // Without anything in mind the chain is the base; here the contexts' factors make of it what they make together.
    const single = new NestedCounts({ vocabularySize: V, startId: START, counts, local: null, trust });
    single.evaluate(null);
    const products = [1, 2, 3, 4].map(
      (token) =>
        single.probability(token) *
        Math.exp(evidence.findings.reduce((sum, finding) => sum + evidence.ratioOf(finding, token), 0)),
    );
    const mass = products.reduce((sum, product) => sum + product, 0);
    products.forEach((product, index) => {
      near(product / mass, nested.probability(index + 1));
    });
    assert.notDeepEqual(base, products);
  });

  it("trusts contexts more that are right, and less that are wrong", () => {
    const right = 2;
    const counts = new CountIndex({ vocabularySize: V, startId: START });
    counts.learn([1, right]);
    for (const [token, isMore] of [
      [right, true],
      [3, false],
    ] as const) {
      // prettier-ignore
      const trust = new TrustTable(TrustTable.untrained());
      const nested = new NestedCounts({ vocabularySize: V, startId: START, counts, local: null, trust });
      nested.evaluate(historyOf(1));
      const before = nested.probability(right);
      nested.learn(token);
      nested.evaluate(historyOf(1));
      assert.equal(nested.probability(right) > before, isMore);
    }
  });

  it("ascends along the gradient of the log probability of what came", () => {
    const counts = new CountIndex({ vocabularySize: V, startId: START });
    counts.learn([1, 2, 3, 1, 2, 4, 1, 3, 1, 2]);
    const history = historyOf(3, 1);
    const logProbability = (logOdds: Float64Array, token: number): number => {
      const trust = new TrustTable(logOdds.slice());
      const nested = new NestedCounts({ vocabularySize: V, startId: START, counts, local: null, trust });
      nested.evaluate(history);
      return Math.log(nested.probability(token));
    };
    for (const token of [2, 3, 4]) {
      const before = TrustTable.untrained();
      const after = before.slice();
      const nested = new NestedCounts({
        vocabularySize: V,
        startId: START,
        counts,
        local: null,
        trust: new TrustTable(after),
      });
      nested.evaluate(history);
      nested.learn(token);
      const changed = Array.from(after.keys()).filter((cell) => after[cell] !== before[cell]);
      assert.ok(changed.length > 0);
      for (const cell of changed) {
        const bumped = before.slice();
        bumped[cell] = (bumped[cell] as number) + 1e-5;
        const slope = logProbability(bumped, token) - logProbability(before, token);
        assert.equal(Math.sign((after[cell] as number) - (before[cell] as number)), Math.sign(slope));
      }
    }
  });
});
