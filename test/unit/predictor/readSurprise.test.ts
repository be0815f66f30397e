import assert from "node:assert/strict";
import { createScalarKernel } from "../../../src/models/neural/scalarKernel.ts";
import { Predictor } from "../../../src/predictor/predictor.ts";
import type { SurpriseSpan } from "../../../src/protocol/surpriseMessages.ts";
import { ManualTime } from "../../fakes/manualTime.ts";
import { chainCheckpoint } from "./chainCheckpoint.ts";

const CHAINS = ["abcdefgh;", "x=yzt\n"];

function openPredictor(): Predictor {
  return new Predictor({
    clock: new ManualTime(),
    createKernel: createScalarKernel,
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    startThread: () => assert.fail("nothing is counted here"),
    pathOf: () => undefined,
    openCheckpoint: () => Promise.resolve(chainCheckpoint(CHAINS)),
  });
}

async function surprise(
  predictor: Predictor,
  text: string,
  signal = new AbortController().signal,
): Promise<{ readonly spans: readonly SurpriseSpan[]; readonly isComplete: boolean }> {
  const spans: SurpriseSpan[] = [];
  const { isComplete } = await predictor.surprise({ text, onSpans: (more) => spans.push(...more) }, signal);
  return { spans, isComplete };
}

describe("The surprise of a text", () => {
  it("is small where the network knows what comes, large where it does not, with what it held more probable", async () => {
    const predictor = openPredictor();
    await predictor.load("/model");
    const { spans, isComplete } = await surprise(predictor, "abczef");
    assert.equal(isComplete, true);
    assert.deepEqual(
      spans.map(({ end }) => end),
      [1, 2, 3, 4, 5, 6],
    );
    const [, b, , z] = spans;
    assert.ok((b?.nats ?? NaN) < 0.5, String(b?.nats));
    assert.ok((z?.nats ?? NaN) > 2, String(z?.nats));
    assert.equal(z?.likelier[0]?.text, "d");
    assert.ok(z.likelier.every(({ probability }) => probability > Math.exp(-z.nats)));
  });

  it("sinks for what stands above in the same text", async () => {
    const predictor = openPredictor();
    await predictor.load("/model");
    const { spans } = await surprise(predictor, "hahahahahahahaha");
    assert.ok((spans.at(-1)?.nats ?? NaN) < 0.5 * (spans[1]?.nats ?? NaN));
  });

  it("is the same each time: reading leaves the model as it was", async () => {
    const predictor = openPredictor();
    await predictor.load("/model");
    const first = await surprise(predictor, "abc\r\nabz");
    assert.deepEqual(await surprise(predictor, "abc\nabz"), first);
  });

  it("is not there without a network, nor where nobody waits for it any more", async () => {
    const predictor = openPredictor();
    assert.deepEqual(await surprise(predictor, "abc"), { spans: [], isComplete: false });
    await predictor.load("/model");
    assert.equal((await surprise(predictor, "abc", AbortSignal.abort())).isComplete, false);
  });
});
