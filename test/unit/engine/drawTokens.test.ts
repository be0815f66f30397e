import assert from "node:assert/strict";
import { createRng } from "../../../src/base/rng.ts";
import { drawTokens } from "../../../src/engine/drawTokens.ts";
import type { TokenLaw } from "../../../src/protocol/timingMessages.ts";

const COUNT = 100_000;

describe("Tokens at random", () => {
  function shares(law: TokenLaw, vocabularySize: number): readonly number[] {
    const counts = new Array<number>(vocabularySize).fill(0);
    for (const token of drawTokens(COUNT, { vocabularySize, law, rng: createRng(7) })) {
      assert.ok(token >= 0 && token < vocabularySize, `${token} is no token`);
      counts[token] = (counts[token] as number) + 1;
    }
    return counts.map((count) => count / COUNT);
  }

  it("come by Zipf's law, each as often as one over its rank", () => {
    const harmonic = Array.from({ length: 50 }, (_, v) => 1 / (v + 1)).reduce((a, b) => a + b);
    for (const [v, share] of shares("zipf", 50).entries()) {
      const expected = 1 / (v + 1) / harmonic;
      // Five standard deviations of a binomial share.
      assert.ok(Math.abs(share - expected) < 5 * Math.sqrt((expected * (1 - expected)) / COUNT), `${v}: ${share}`);
    }
  });

  it("come all equally", () => {
    for (const [v, share] of shares("uniform", 50).entries()) {
      assert.ok(Math.abs(share - 0.02) < 5 * Math.sqrt((0.02 * 0.98) / COUNT), `${v}: ${share}`);
    }
  });

  it("are the only one where there is one", () => {
    assert.deepEqual([...drawTokens(3, { vocabularySize: 1, law: "zipf", rng: createRng(1) })], [0, 0, 0]);
  });

  it("are as many different ones in a window of 2,048 pieces as source code has", () => {
    // 32 lanes of 64 places: 565 to 683 in six packages of Python, Go, JavaScript and Java.
    const tokens = drawTokens(2048, { vocabularySize: 2048, law: "zipf", rng: createRng(3) });
    const distinct = new Set(tokens).size;
    assert.ok(distinct > 560 && distinct < 700, String(distinct));
  });
});
