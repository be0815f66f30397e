import assert from "node:assert/strict";
import { LmError } from "../../../../src/base/errors.ts";
import { planNetwork } from "../../../../src/engine/family/networkPresets.ts";
import type { ModelSettings } from "../../../../src/protocol/compareMessages.ts";

const VOCABULARY_SIZE = 100;

function plan(network: string, settings: Partial<ModelSettings>): ReturnType<typeof planNetwork> {
  return planNetwork(network, { vocabularySize: VOCABULARY_SIZE, settings: { spec: {}, recipe: {}, ...settings } });
}

describe("The plan of a network", () => {
  const idle: readonly (readonly [string, Partial<ModelSettings>, RegExp])[] = [
    ["lstm", { spec: { contextTokens: 5 } }, /contextTokens is of no use to the kind "lstm".*the kind "window"/u],
    ["mos", { spec: { depth: 2 } }, /depth is of no use to the kind "lstm".*"highway"/u],
    ["window", { spec: { headCount: 2 } }, /headCount is of no use to the kind "window".*"retention"/u],
    ["lstm", { recipe: { momentum: 0.9 } }, /momentum is of no use to the optimizer "adam".*the optimizer "momentum"/u],
    ["gru", { recipe: { squareDecay: 0.9 } }, /squareDecay is of no use to the optimizer "adam".*"rmsprop"/u],
    ["rnn", { recipe: { nonMonotoneLooks: 3 } }, /nonMonotoneLooks is of no use to the optimizer "adam".*"ntasgd"/u],
    ["awd-lstm", { recipe: { beta1: 0.8 } }, /beta1 is of no use to the optimizer "ntasgd".*"adam"/u],
    ["qrnn", { recipe: { decayFactor: 0.4 } }, /of no use to the schedule "cosine".*schedule "decay" or "plateau"/u],
    ["lstm", { recipe: { schedule: "plateau", decayAfterPasses: 2 } }, /of no use to the schedule "plateau"/u],
  ];
  for (const [network, settings, message] of idle) {
    const name = Object.keys({ ...settings.spec, ...settings.recipe }).at(-1);
    it(`refuses a setting without effect, and says what to change (${name} of ${network})`, () => {
      assert.throws(
        () => plan(network, settings),
        (error) => error instanceof LmError && error.code === "badArgument" && message.test(error.message),
      );
    });
  }

  it("takes the same settings where they have one", () => {
    assert.equal(plan("window", { spec: { contextTokens: 7 } }).spec.contextTokens, 7);
    assert.equal(plan("lstm", { spec: { kind: "highway", depth: 2 } }).spec.depth, 2);
    const recipe = { optimizer: "momentum", momentum: 0.8, schedule: "decay", decayFactor: 0.7, decayAfterPasses: 1 };
    assert.equal(plan("lstm", { recipe }).recipe.momentum, 0.8);
    assert.equal(plan("awd-lstm", { recipe: { nonMonotoneLooks: 3 } }).recipe.nonMonotoneLooks, 3);
  });
});
