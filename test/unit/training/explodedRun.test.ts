import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import type { RunEvaluation } from "../../../src/training/runContext.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";
import { type OpenedRun, openRun, vocabulary } from "./openRun.ts";

describe("A run whose loss explodes", function () {
  this.timeout(60_000);
  before(usePlainBackend);

  /** Puts `value` into the bias of the softmax after the first save, `times` times. */
  function openSpoilt(value: number, times: number): OpenedRun {
    let left = times;
    const opened: OpenedRun = openRun({
      limits: { budgetSeconds: 120, epochs: null },
      secondsAStep: 1,
      onStep: () => {
        if (opened.saves.length > 0 && left > 0 && opened.phases.at(-1) === "training") {
          left--;
          const bias = opened.network.parameters.get("softmax/bias") as tf.Variable;
          bias.assign(tf.tensor1d(Array.from({ length: bias.size }, (_, token) => (token === 0 ? value : 0))));
        }
      },
    });
    return opened;
  }

  for (const [what, value] of [
    ["is not finite", Number.NaN],
    ["explodes", 1e4],
  ] as const) {
    it(`goes on from the best weights with half the rate where the loss ${what}`, async () => {
      const opened = openSpoilt(value, 1);
      assert.equal((await opened.run.run()).stopped, "budget");
      assert.equal(opened.recoveries.length, 1);
      const [first] = opened.evaluations;
      assert.ok((opened.evaluations.at(-1) as RunEvaluation).perplexity < (first as RunEvaluation).perplexity);
      opened.dispose();
    });
  }

  for (const value of [5, 7]) {
    it(`goes back once, then ends, where the loss is lost and stays lost below what nobody could miss (bias ${value})`, async () => {
      const opened = openSpoilt(value, Infinity);
      assert.equal((await opened.run.run()).stopped, "nonFinite");
      assert.equal(opened.recoveries.length, 1);
      assert.ok((opened.evaluations.at(-1) as RunEvaluation).perplexity < vocabulary.size);
      opened.dispose();
    });
  }

  it("stops at the second loss that is not finite with the weights that were best", async () => {
    const opened = openSpoilt(Number.NaN, 2);
    assert.equal((await opened.run.run()).stopped, "nonFinite");
    assert.equal(opened.recoveries.length, 1);
    const weights = opened.network.readWeights();
    assert.ok([...weights.values()].every((values) => values.every(Number.isFinite)));
    assert.ok((opened.evaluations.at(-1) as RunEvaluation).perplexity < vocabulary.size);
    opened.dispose();
  });
});
