import assert from "node:assert/strict";
import { createRng } from "../../../src/base/rng.ts";
import { encodeDocuments } from "../../../src/batches/tokenStream.ts";
import { heldOutSupply, heldOutWindows } from "../../../src/engine/heldOutWindows.ts";
import { initialWeights } from "../../../src/models/neural/initialWeights.ts";
import { portableKernels } from "../../../src/models/neural/portableKernels.ts";
import { RecurrentNetwork } from "../../../src/models/neural/recurrentNetwork.ts";
import type { HeldOut } from "../../../src/training/heldOut.ts";
import { scoreWindows } from "../../../src/training/scoreWindows.ts";
import { trainCharVocabulary } from "../../../src/tokens/trainCharVocabulary.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";

const SHAPE = { laneCount: 16, windowTokens: 64 };
const LONG = Array.from({ length: 900 }, (_, index) => `line ${index * 7919}: ünï\n`).join("");
const SHORT = Array.from({ length: 40 }, (_, index) => LONG.slice(index * 100, index * 100 + 300));
const VOCABULARY = trainCharVocabulary([LONG]);
const LONG_STREAM = encodeDocuments([LONG], VOCABULARY);

function counted(heldOut: HeldOut): number {
  let count = 0;
  for (const { weights } of heldOut.windows()) {
    count += weights.reduce((sum, weight) => sum + weight, 0);
  }
  return count;
}

describe("heldOutSupply", () => {
  before(usePlainBackend);

  it("fills the lanes with stretches of one long document, and counts each of its tokens once", () => {
    const { all } = heldOutSupply(LONG_STREAM, SHAPE);
    const uncut = heldOutWindows(LONG_STREAM, SHAPE);
    assert.ok(all.work < uncut.work / 3, `${all.work} in place of ${uncut.work}`);
    assert.equal(all.tokens, LONG_STREAM.predictedTokens);
    assert.equal(all.bytes, Buffer.byteLength(LONG));
    assert.equal(counted(all), all.tokens);
  });

  it("leaves documents whole where they fill the lanes", () => {
    const stream = encodeDocuments(SHORT, VOCABULARY);
    const { all } = heldOutSupply(stream, SHAPE);
    assert.deepEqual([...all.windows()], [...heldOutWindows(stream, SHAPE).windows()]);
  });

  it("keeps to the work it is given, says what is in it, and is never nothing", () => {
    const supply = heldOutSupply(LONG_STREAM, SHAPE);
    for (const share of [1, 0.5, 0.25, 0.1, 0]) {
      const part = supply.within(supply.all.work * share);
      // One stretch of 1,024 with its run-up in one lane is the least there is.
      assert.ok(part.work <= Math.max(supply.all.work * share, 1300 * 17), `${part.work} for ${share}`);
      assert.equal(counted(part), part.tokens);
      assert.ok(part.tokens > 0 && part.bytes >= part.tokens - 1);
      assert.equal([...part.windows()].length, part.windowCount);
    }
    assert.equal(supply.within(Infinity).tokens, LONG_STREAM.predictedTokens);
  });

  it("scores stretches as one long pass does, to a thousandth of a bit", async () => {
    const spec = { cell: "lstm", vocabularySize: VOCABULARY.size, hiddenSize: 12, layerCount: 1 } as const;
    const weights = initialWeights(spec, createRng(4));
    // Large recurrent weights remember longer than fresh ones.
    weights.forEach((values) => {
      values.forEach((value, index) => (values[index] = value * 3));
    });
    const network = new RecurrentNetwork(spec, weights, portableKernels);
    const options = { signal: new AbortController().signal, isRanked: false, pause: () => Promise.resolve() };
    const cut = heldOutSupply(LONG_STREAM, SHAPE).all;
    const parts = await scoreWindows(network, cut.windows(), options);
    const whole = await scoreWindows(network, heldOutWindows(LONG_STREAM, SHAPE).windows(), options);
    network.dispose();
    assert.equal(parts.targetCount, whole.targetCount);
    const differenceBits = Math.abs(parts.nats - whole.nats) / Math.LN2 / whole.targetCount;
    assert.ok(differenceBits < 1e-3, `${differenceBits} bits`);
  }).timeout(60_000);
});
