import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "../../../src/base/rng.ts";
import { PredictionStream } from "../../../src/batches/predictionStream.ts";
import { FamilyModel } from "../../../src/models/neural/family/familyModel.ts";
import { FAMILY_KINDS, type FamilySpec } from "../../../src/models/neural/family/familySpec.ts";
import { portableKernels } from "../../../src/models/neural/portableKernels.ts";
import { type CarriedState, disposeCarried } from "../../../src/models/neural/trainableModel.ts";
import { scoreStream, type StreamScore } from "../../../src/training/scoreStream.ts";
import { windowTensors } from "../../../src/training/windowTensors.ts";
import { FAMILY_CASES, TINY, tinyFamilyWeights } from "../../support/tinyFamily.ts";
import { largestDifference, usePlainBackend } from "../../support/tinyNetwork.ts";

const START = 0;
const END = 1;

/** Documents of so many predictions each: START, any tokens, END. */
function documentsOf(...predictionCounts: readonly number[]): readonly number[][] {
  const rng = createRng(5);
  return predictionCounts.map((count) => [
    START,
    ...Array.from({ length: count - 1 }, () => 2 + rng.nextInt(TINY.vocabularySize - 2)),
    END,
  ]);
}

function streamOf(documents: readonly (readonly number[])[]): PredictionStream {
  const starts = documents.reduce<number[]>((all, { length }) => [...all, (all.at(-1) as number) + length], [0]);
  const tokenCount = starts.at(-1) as number;
  return new PredictionStream({
    tokens: Int32Array.from(documents.flat()),
    documentStarts: Int32Array.from(starts),
    documentCount: documents.length,
    predictedTokens: tokenCount - documents.length,
    bytes: tokenCount,
    pieceBytes: new Uint16Array(TINY.vocabularySize),
  });
}

interface Read {
  readonly nats: number[];
  readonly bestNats: number[];
  readonly rows: number[];
  /** What each place gives to every token. */
  readonly probabilities: number[][];
}

/** What a model says of one document that it reads from its beginning, a token at a time; logarithms in float64. */
function readOneByOne(model: FamilyModel, document: readonly number[]): Read {
  const read: Read = { nats: [], bestNats: [], rows: [], probabilities: [] };
  let state: CarriedState = model.initialState(1);
  document.slice(0, -1).forEach((token, index) => {
    const before = state;
    tf.tidy(() => {
      const target = document[index + 1] as number;
      const scores = model.windowScores(
        windowTensors({
          inputs: Int32Array.of(token),
          targets: Int32Array.of(target),
          weights: Float32Array.of(1),
          resets: Uint8Array.of(0),
          windowTokens: 1,
          laneCount: 1,
        }),
        before,
      );
      state = scores.state;
      const logits = [...scores.logits.dataSync<"float32">()];
      const logSum = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
      read.nats.push(logSum - (logits[target] as number));
      read.bestNats.push(logSum - Math.max(...logits));
      read.probabilities.push(logits.map((logit) => Math.exp(logit - logSum)));
      read.rows.push(...scores.rows.dataSync<"float32">());
    });
    disposeCarried(before);
  });
  disposeCarried(state);
  return read;
}

interface Way {
  readonly laneCount: number;
  readonly windowTokens: number;
  readonly rankedCount?: number;
}

function score(model: FamilyModel, documents: readonly (readonly number[])[], way: Way): Promise<StreamScore> {
  const signal = new AbortController().signal;
  const pause = (): Promise<void> => Promise.resolve();
  return scoreStream(model, streamOf(documents), { ...way, isKeepingRows: true, signal, pause });
}

/** Asserts that a stretch of a stream has the scores that were read token by token. */
function checkStretch(scored: StreamScore, from: number, read: Read): void {
  const to = from + read.nats.length;
  const width = read.rows.length / read.nats.length;
  assert.ok(largestDifference(scored.nats.subarray(from, to), read.nats) < 1e-5, `nats from ${from}`);
  assert.ok(largestDifference(scored.bestNats.subarray(from, to), read.bestNats) < 1e-5, `best from ${from}`);
  assert.ok(largestDifference(scored.rows?.subarray(from * width, to * width) ?? [], read.rows) < 1e-5, "rows");
}

function modelOf(spec: FamilySpec): FamilyModel {
  return new FamilyModel(spec, tinyFamilyWeights(spec), portableKernels);
}

describe("scoreStream", function () {
  this.timeout(60_000);
  before(usePlainBackend);

  for (const kind of FAMILY_KINDS) {
    it(`scores side by side what one lane scores token by token, where a document begins in the run-up (${kind})`, async () => {
      // Two lanes of 1,025: the second one counts from within the third document and has read all of it by then, so its state is exact.
      const documents = documentsOf(20, 960, 90, 980);
      const model = modelOf({ ...TINY, kind, layerCount: 1 });
      const before = tf.memory().numTensors;
      const scored = await score(model, documents, { laneCount: 2, windowTokens: 100 });
      assert.equal(tf.memory().numTensors, before);
      checkStretch(scored, 0, readOneByOne(model, documents[0] as number[]));
      checkStretch(scored, 980, readOneByOne(model, documents[2] as number[]));
      model.dispose();
    });
  }

  it("scores a long document in lanes as one lane does, since the run-up makes up for a state of zero", async () => {
    // An LSTM that keeps 0.8 of its cell at most has 1e-25 of it left after 256 tokens: nothing begins within the run-ups, they forget.
    const document = documentsOf(3077)[0] as number[];
    const model = modelOf({ ...TINY, kind: "lstm", layerCount: 1 });
    const expected = readOneByOne(model, document);
    // The last lane is shorter than the others, and the last window than any.
    for (const way of [
      { laneCount: 3, windowTokens: 70 },
      { laneCount: 1, windowTokens: 1000 },
    ]) {
      checkStretch(await score(model, [document], way), 0, expected);
    }
    model.dispose();
  });

  for (const [title, spec] of FAMILY_CASES) {
    it(`sees no token before its time (${title})`, async () => {
      const documents = documentsOf(24, 9);
      const first = documents[0] as number[];
      const model = modelOf(spec);
      const way = { laneCount: 1, windowTokens: 7 };
      const whole = await score(model, documents, way);
      const width = (whole.rows?.length ?? 0) / whole.nats.length;
      // Within a window and on both sides of where one ends.
      for (const place of [3, 6, 7, 13]) {
        const token = first[place + 1] as number;
        const other = first.with(place + 1, token === 2 ? 3 : token - 1);
        const changed = await score(model, [other, documents[1] as number[]], way);
        // What is expected at a place is known before its token, what that token got is not.
        assert.deepEqual(changed.nats.subarray(0, place), whole.nats.subarray(0, place));
        assert.deepEqual(changed.bestNats.subarray(0, place + 1), whole.bestNats.subarray(0, place + 1));
        assert.deepEqual(changed.rows?.subarray(0, (place + 1) * width), whole.rows?.subarray(0, (place + 1) * width));
        assert.notEqual(changed.nats[place], whole.nats[place]);
        assert.notEqual(changed.nats[place + 1], whole.nats[place + 1]);
        // And no document sees another.
        assert.deepEqual(changed.nats.subarray(24), whole.nats.subarray(24));
      }
      model.dispose();
    });
  }

  it("names the likeliest tokens of each place with their probabilities", async () => {
    const document = documentsOf(2100)[0] as number[];
    const model = modelOf({ ...TINY, kind: "lstm", layerCount: 1 });
    const { probabilities } = readOneByOne(model, document);
    const { ranked } = await score(model, [document], { laneCount: 2, windowTokens: 64, rankedCount: 3 });
    for (const place of [0, 63, 64, 1049, 1050, 2099]) {
      const all = probabilities[place] as number[];
      const expected = [...all.keys()]
        .sort((left, right) => (all[right] as number) - (all[left] as number))
        .slice(0, 3);
      assert.deepEqual([...(ranked?.tokensAt(place) ?? [])], expected, `at ${place}`);
      const over = new Float64Array(TINY.vocabularySize);
      ranked?.addOver(place, 1, over);
      const probabilityOf = (token: number): number => (over[token] as number) + (ranked?.floor(place) ?? NaN);
      assert.ok(
        largestDifference(
          expected.map(probabilityOf),
          expected.map((token) => all[token] as number),
        ) < 1e-5,
      );
    }
    assert.equal((await score(model, [document], { laneCount: 1, windowTokens: 999 })).ranked, null);
    model.dispose();
  });

  it("stops after a window where it is told to, and says so", async () => {
    const model = modelOf({ ...TINY, kind: "rnn", layerCount: 1 });
    const before = tf.memory().numTensors;
    const stop = new AbortController();
    const scored = await scoreStream(model, streamOf(documentsOf(30)), {
      laneCount: 1,
      windowTokens: 10,
      signal: stop.signal,
      pause: () => {
        stop.abort();
        return Promise.resolve();
      },
    });
    assert.ok(scored.isCancelled);
    assert.ok(scored.nats.subarray(0, 10).every((nats) => nats > 0));
    assert.ok(scored.nats.subarray(10).every((nats) => nats === 0));
    assert.equal(scored.rows, null);
    assert.equal(tf.memory().numTensors, before);
    model.dispose();
  });
});
