import assert from "node:assert/strict";
import { runEvaluateJob } from "../../../src/engine/evaluateJob.ts";
import type { EvaluateEvent, EvaluateResult } from "../../../src/protocol/engineMessages.ts";
import type { SurpriseToken } from "../../../src/protocol/surpriseMessages.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";
import { JobBench } from "./jobBench.ts";

describe("The surprise of a file", function () {
  this.timeout(60_000);
  const bench = new JobBench();

  before(async () => {
    await usePlainBackend();
    await bench.train({ epochs: 1 });
    bench.files.add("/new.js", "const grüße = 1;\nexport const 漢字 = '🎉';\n");
  });

  async function surprise(
    { isTraced } = { isTraced: true },
  ): Promise<{ readonly tokens: readonly SurpriseToken[]; readonly result: EvaluateResult }> {
    const tokens: SurpriseToken[] = [];
    const emit = (event: EvaluateEvent): void => {
      if (event.type === "surprise") {
        assert.equal(event.path, "/new.js");
        tokens.push(...event.tokens);
      }
    };
    const job = { model: "/model", paths: ["/new.js"], isFrozen: false, isTraced };
    return { tokens, result: await runEvaluateJob(job, { ...bench.context(), emit }) };
  }

  it("sums up to what an evaluation says, which it does not change", async () => {
    const { tokens, result } = await surprise();
    const plain = await surprise({ isTraced: false });
    assert.deepEqual(result, plain.result);
    assert.equal(plain.tokens.length, 0);
    assert.equal(tokens.length, result.tokens);
    const sum = (nats: (token: SurpriseToken) => number): number => tokens.reduce((all, token) => all + nats(token), 0);
    const checkSum = (actual: number, expected: number | null | undefined): void => {
      assert.ok(Math.abs(actual - (expected ?? NaN)) < 1e-9, `${actual}, not ${expected}`);
    };
    checkSum(sum(({ nats }) => nats) / Math.LN2 / result.bytes, result.bitsPerByte);
    checkSum(
      sum(({ experts }) => experts.lstm ?? NaN),
      result.experts.lstm.nats,
    );
    checkSum(
      sum(({ experts }) => experts.counts ?? NaN),
      result.experts.counts?.nats,
    );
    checkSum(
      sum(({ experts }) => experts.cache ?? NaN),
      result.experts.cache?.nats,
    );
  });

  it("has all of the text, in order, and the end", async () => {
    const { tokens } = await surprise();
    assert.equal(tokens.map(({ text }) => text).join(""), bench.files.text("/new.js"));
    assert.deepEqual(
      tokens.filter(({ isEnd }) => isEnd),
      tokens.slice(-1),
    );
  });

  it("names up to three tokens that were held more probable, the likeliest first", async () => {
    const { tokens, result } = await surprise();
    for (const { nats, likelier } of tokens) {
      const chances = likelier.map(({ probability }) => probability);
      assert.ok(chances.length <= 3 && chances.every((chance) => chance > Math.exp(-nats) * (1 - 1e-5)));
      assert.deepEqual(
        chances,
        [...chances].sort((a, b) => b - a),
      );
    }
    const first = tokens.filter(({ likelier }) => likelier.length === 0).length;
    assert.ok(Math.abs(first / tokens.length - result.top1) < 1e-9);
  });
});
