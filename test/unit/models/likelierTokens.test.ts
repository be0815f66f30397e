import assert from "node:assert/strict";
import { likelierTokens } from "../../../src/models/likelierTokens.ts";

const LOGS = Float32Array.from([0.1, 0.4, 0.05, 0.25, 0.2], Math.log);

function checkLikelier(token: number, expected: readonly number[]): void {
  assert.deepEqual(
    likelierTokens(LOGS, { token, count: 3 }).map(({ token: other }) => other),
    expected,
  );
}

describe("Tokens that were held more probable", () => {
  it("are the likeliest first, as many as are asked for at most", () => {
    checkLikelier(2, [1, 3, 4]);
    checkLikelier(4, [1, 3]);
    checkLikelier(1, []);
  });

  it("come with their probability, of equals the one with the smaller id first", () => {
    const ranked = likelierTokens(Float32Array.from([0.3, 0.1, 0.3, 0.3], Math.log), { token: 1, count: 2 });
    assert.deepEqual(
      ranked.map(({ token }) => token),
      [0, 2],
    );
    assert.ok(Math.abs((ranked[0]?.probability ?? NaN) - 0.3) < 1e-6);
  });
});
