import assert from "node:assert/strict";
import { Evidence } from "../../../../src/models/mixture/evidence.ts";
import { GeometricMix, type GeometricSources, LEANING_COUNT } from "../../../../src/models/mixture/geometricMix.ts";
import { TOKEN_KINDS } from "../../../../src/models/mixture/tokenKinds.ts";
import { TRUST_COUNT } from "../../../../src/models/mixture/trustTable.ts";

const START = 0;
const NEURAL = [0, 0.5, 0.3, 0.2];
const COUNTED = [0, 0.25, 0.25, 0.5];
const CELL = 17;
const RATIO = Math.log(3);

/** A context that token 2 followed. */
function sources(): GeometricSources {
  const evidence = new Evidence();
  evidence.add(2, RATIO);
  evidence.close(CELL);
  return {
    neural: Float64Array.from(NEURAL, Math.log),
    counted: Float64Array.from(COUNTED, Math.log),
    startId: START,
    evidence,
  };
}

function createMix(emphasis = 0): {
  readonly mix: GeometricMix;
  readonly emphasis: Float64Array;
  readonly powers: Float64Array;
  readonly leanings: Float64Array;
} {
  const table = new Float64Array(TRUST_COUNT);
  table[CELL] = emphasis;
  const powers = GeometricMix.untrained();
  const parts = { powers, emphasis: table, leanings: new Float64Array(LEANING_COUNT) };
  return { mix: new GeometricMix(parts), ...parts };
}

const PLACE = { kind: 3, tokenKind: 5, sureness: 0.5 };

describe("GeometricMix", () => {
  for (const emphasis of [0, 1, -0.5]) {
    it(`gives what the formula gives by hand, with an emphasis of ${emphasis}`, () => {
      const mean = new Float64Array(4);
      createMix(emphasis).mix.fill(sources(), PLACE, mean);
      const products = NEURAL.map(
        (value, token) => Math.sqrt(value * (COUNTED[token] as number)) * (token === 2 ? 3 ** emphasis : 1),
      );
      const mass = products.reduce((sum, value) => sum + value, 0);
      products.forEach((product, token) => {
        assert.ok(Math.abs((mean[token] as number) - product / mass) < 1e-12);
      });
    });
  }

  it("is finite where contexts agree beyond all measure", () => {
    const many = sources();
    for (let count = 0; count < 100; count++) {
      many.evidence.add(1, 15);
      many.evidence.close(CELL);
    }
    const mean = new Float64Array(4);
    createMix(2).mix.fill(many, PLACE, mean);
    assert.deepEqual(Array.from(mean), [0, 1, 0, 0]);
  });

  it("climbs the gradient of the log probability of what came", () => {
    const given = sources();
    const token = 2;
    const logOf = (changed: { readonly power?: number; readonly emphasis?: number }): number => {
      const { mix, powers } = createMix(0.2 + (changed.emphasis ?? 0));
      powers.fill(0.5 + (changed.power ?? 0));
      const mean = new Float64Array(4);
      mix.fill(given, PLACE, mean);
      return Math.log(mean[token] as number);
    };
    const { mix, emphasis, powers } = createMix(0.2);
    const mean = new Float64Array(4);
    mix.fill(given, PLACE, mean);
    mix.learn(token, given, mean);
    const step = 1e-5;
    const bySlope = (logOf({ emphasis: step }) - logOf({ emphasis: -step })) / (2 * step);
    assert.ok(Math.abs((emphasis[CELL] as number) - (0.2 + 0.01 * bySlope)) < 1e-8);
    // Both exponents move; together by what moving both at once would bring.
    const moved = powers.reduce((sum, power) => sum + power - 0.5, 0);
    const both = (logOf({ power: step }) - logOf({ power: -step })) / (2 * step);
    assert.ok(Math.abs(moved - 0.003 * both) < 1e-8);
  });

  it("learns behind each kind of token by itself as well", () => {
    const given = sources();
    const { mix, leanings } = createMix();
    const mean = new Float64Array(4);
    mix.fill(given, PLACE, mean);
    mix.learn(2, given, mean);
    const width = LEANING_COUNT / TOKEN_KINDS;
    const moved = Array.from(leanings.entries()).filter(([, leaning]) => leaning !== 0);
    assert.equal(moved.length, 3, "two exponents and the group of one context");
    assert.ok(moved.every(([index]) => Math.floor(index / width) === PLACE.tokenKind));
    const [here, elsewhere] = [new Float64Array(4), new Float64Array(4)];
    leanings.fill(0);
    leanings.fill(1, PLACE.tokenKind * width + 2, (PLACE.tokenKind + 1) * width);
    mix.fill(given, PLACE, here);
    mix.fill(given, { ...PLACE, tokenKind: 6 }, elsewhere);
    assert.ok(
      Math.abs(
        Math.log((here[2] as number) / (here[1] as number) / ((elsewhere[2] as number) / (elsewhere[1] as number))) -
          RATIO,
      ) < 1e-12,
    );
  });

  it("comes to heed contexts that are right, and to disregard ones that are wrong", () => {
    for (const [token, isHeeded] of [
      [2, true],
      [1, false],
    ] as const) {
      const { mix, emphasis } = createMix();
      const mean = new Float64Array(4);
      for (let round = 0; round < 5_000; round++) {
        const given = sources();
        mix.fill(given, PLACE, mean);
        mix.learn(token, given, mean);
      }
      assert.equal((emphasis[CELL] as number) > 0, isHeeded);
      assert.ok(Math.abs(emphasis[CELL] as number) <= 2);
    }
  });
});
