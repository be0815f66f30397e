import assert from "node:assert/strict";
import { createRng } from "../../../../src/base/rng.ts";
import { CountIndex } from "../../../../src/models/counting/countIndex.ts";
import { Neighbourhood } from "../../../../src/models/counting/neighbourhood.ts";
import { createPassage } from "../../../../src/models/counting/passage.ts";
import { LocalCounts } from "../../../../src/models/counting/localCounts.ts";
import { PlaceContexts } from "../../../../src/models/counting/placeContexts.ts";
import { extendHistory } from "../../../../src/models/counting/tokenHistory.ts";
import { DEFAULT_GATE } from "../../../../src/models/mixture/defaultGate.ts";
import { GATE_SIZES } from "../../../../src/models/mixture/gateParameters.ts";
import { MixtureModel, type MixtureOptions, type MixtureState } from "../../../../src/models/mixture/mixtureModel.ts";
import { tokenKinds } from "../../../../src/models/mixture/tokenKinds.ts";
import type { NetworkSpec } from "../../../../src/models/neural/networkSpec.ts";
import { RecurrentDecoder } from "../../../../src/models/neural/recurrentDecoder.ts";
import { randomWeights } from "../neural/randomWeights.ts";

const START = 0;
const TEXTS = ["", "\n", " ", "(", ")", "a", "b", "cd", ".", "= ", "\n  ", "e"];
const V = 12;
const SPEC: NetworkSpec = { cell: "lstm", vocabularySize: V, hiddenSize: 8, layerCount: 1 };

function randomDocument(seed: number, length: number): Uint16Array {
  const rng = createRng(seed);
  return Uint16Array.from({ length }, () => 1 + Math.floor(rng.next() ** 2 * (V - 1)));
}

interface World {
  readonly model: MixtureModel;
  readonly counts: CountIndex;
  readonly local: LocalCounts;
}

function createWorld(experts: readonly ("counts" | "local" | "lstm")[], changes: Partial<MixtureOptions> = {}): World {
  const counts = new CountIndex({ vocabularySize: V, startId: START });
  counts.learn(randomDocument(1, 300));
  counts.learn(randomDocument(2, 300));
  const placeContexts = new PlaceContexts(TEXTS);
  const local = new LocalCounts({ vocabularySize: V, startId: START, placeContexts });
  const lstm = RecurrentDecoder.fromWeights(SPEC, randomWeights(SPEC, { seed: 3, scale: 0.8 }));
  const model = new MixtureModel({
    vocabularySize: V,
    startId: START,
    counts: experts.includes("counts") ? counts : null,
    local: experts.includes("local") ? local : null,
    lstm: experts.includes("lstm") ? lstm : null,
    gate: null,
    kinds: tokenKinds(TEXTS),
    ...changes,
  });
  return { model, counts, local };
}

function distribution(model: MixtureModel, state: MixtureState): number[] {
  const out = new Float32Array(V);
  model.logProbabilities(state, out);
  return Array.from(out, Math.exp);
}

/** Reads a document as it would be met; returns −ln p of each token. */
function readThrough({ model, local }: World, document: Uint16Array): number[] {
  let state = model.advance(model.initialState(), START);
  return Array.from(document, (token) => {
    const { mixture } = model.observe(state, token);
    local.learn(state.history, token);
    state = model.advance(state, token);
    return -Math.log(mixture);
  });
}

const SUBSETS = [
  [],
  ["counts"],
  ["local"],
  ["lstm"],
  ["counts", "local"],
  ["counts", "lstm"],
  ["local", "lstm"],
  ["counts", "local", "lstm"],
] as const;

describe("MixtureModel", () => {
  for (const experts of SUBSETS) {
    it(`gives distributions that sum to 1 with ${experts.length === 0 ? "no experts" : experts.join(", ")}`, () => {
      const world = createWorld(experts);
      const { model } = world;
      for (const state of [model.initialState(), model.advance(model.initialState(), START)]) {
        assert.ok(Math.abs(distribution(model, state).reduce((a, b) => a + b, 0) - 1) < 1e-6);
      }
      readThrough(world, randomDocument(5, 200));
      let state = model.advance(model.initialState(), START);
      for (const token of randomDocument(5, 40)) {
        state = model.advance(state, token);
        const values = distribution(model, state);
        assert.ok(Math.abs(values.reduce((a, b) => a + b, 0) - 1) < 1e-6);
        assert.ok(values.every((value, index) => value > 0 || index === START));
      }
    });
  }

  it("is the network where there is nothing else, and uniform where there is nothing at all", () => {
    const { model } = createWorld(["lstm"]);
    const lstm = RecurrentDecoder.fromWeights(SPEC, randomWeights(SPEC, { seed: 3, scale: 0.8 }));
    const expected = new Float32Array(V);
    lstm.logProbabilities(lstm.advance(lstm.advance(lstm.initialState(), START), 4), expected);
    const out = new Float32Array(V);
    model.logProbabilities(model.advance(model.advance(model.initialState(), START), 4), out);
    assert.deepEqual(out, expected);
    const none = createWorld([]).model;
    const uniform = distribution(none, none.initialState());
    assert.ok(uniform.every((value, token) => Math.abs(value - (token === START ? 0 : 1 / (V - 1))) < 1e-7));
  });

  it("gives several states at once what it gives each by itself, and keeps states as they are", () => {
    const { model } = createWorld(["counts", "local", "lstm"]);
    const start = model.advance(model.initialState(), START);
    const [first, second] = model.advanceAll([start, start], [3, 4]) as [MixtureState, MixtureState];
    const alone = [distribution(model, first), distribution(model, second)];
    model.advance(first, 5);
    const outs = [new Float32Array(V), new Float32Array(V)] as const;
    model.logProbabilitiesAll([first, second], outs);
    outs.forEach((out, index) => {
      assert.deepEqual(Array.from(out, Math.exp), alone[index]);
    });
    assert.notDeepEqual(alone[0], alone[1]);
    assert.deepEqual(distribution(model, model.advance(start, 3)), alone[0]);
  });

  it("sees what is counted meanwhile at once, and no more when it is forgotten", () => {
    const { model, counts } = createWorld(["counts", "lstm"]);
    const state = [START, 7, 8, 9].reduce((read, token) => model.advance(read, token), model.initialState());
    const before = distribution(model, state);
    const document = Uint16Array.of(7, 8, 9, 2, 7, 8, 9, 2);
    counts.learn(document);
    assert.ok((distribution(model, state)[2] as number) > (before[2] as number) + 0.1);
    counts.forget(document);
    assert.deepEqual(distribution(model, state), before);
  });

  it("is exactly what it was once what was read is forgotten", () => {
    const world = createWorld(["counts", "local", "lstm"]);
    const { model, local } = world;
    readThrough(world, randomDocument(5, 150));
    const states = [7, 8, 9, 3].reduce<readonly MixtureState[]>(
      (read, token) => [...read, model.advance(read.at(-1) as MixtureState, token)],
      [model.advance(model.initialState(), START)],
    );
    const before = states.map((state) => distribution(model, state));
    let history = states[0]?.history ?? null;
    const learnt = Array.from(randomDocument(6, 200), (token) => {
      const context = history;
      local.learn(context, token);
      history = extendHistory(context, token, START);
      return { context, token };
    });
    assert.notDeepEqual(
      states.map((state) => distribution(model, state)),
      before,
    );
    for (const { context, token } of learnt.reverse()) {
      local.forget(context, token);
    }
    assert.deepEqual(
      states.map((state) => distribution(model, state)),
      before,
    );
  });

  it("learns what follows similar places of a document where their last tokens differ", () => {
    const world = createWorld(["local", "lstm"]);
    // Behind an open bracket, "a" and anything comes "e"; what stands in between never comes twice.
    const document = Uint16Array.from([3, 5, 6, 11, 3, 5, 7, 11, 3, 5, 8, 11, 3, 5, 9, 11, 3, 5, 2, 11]);
    const plain = new LocalCounts({ vocabularySize: V, startId: START });
    const without = { ...createWorld(["lstm"], { local: plain }), local: plain };
    const [assessed, assessedWithout] = [world, without].map((reading) => {
      readThrough(reading, document.subarray(0, -4));
      const { model } = reading;
      const state = [START, 3, 5, 2].reduce((read, token) => model.advance(read, token), model.initialState());
      return model.assess(state, 11);
    });
    assert.ok(assessed !== undefined && assessedWithout !== undefined);
    assert.equal(assessed.counts, assessedWithout.counts);
    assert.equal(assessedWithout.places, null);
    assert.ok((assessed.places as number) > 1.3 * (assessed.counts as number));
    assert.ok(assessed.mixture > 1.2 * assessedWithout.mixture);
  });

  it("trusts its own document more than the workspace when that says otherwise", () => {
    const world = createWorld(["counts", "local"]);
    for (let round = 0; round < 20; round++) {
      world.counts.learn(Uint16Array.of(5, 6, 7));
    }
    readThrough(world, Uint16Array.of(5, 6, 8, 5, 6, 8, 5, 6, 8));
    const { model } = world;
    const state = [START, 3, 5, 6].reduce((read, token) => model.advance(read, token), model.initialState());
    const values = distribution(model, state);
    assert.ok((values[8] as number) > (values[7] as number));
  });

  it("learns whom to trust: a network that knows the text gets its share", () => {
    const { model, local } = createWorld(["counts", "lstm"]);
    assert.ok(local.tokenCount === 0);
    // A text that the network writes itself, and the counts have never seen.
    const lstm = RecurrentDecoder.fromWeights(SPEC, randomWeights(SPEC, { seed: 3, scale: 0.8 }));
    const rng = createRng(9);
    const logs = new Float32Array(V);
    let own = lstm.advance(lstm.initialState(), START);
    let state = model.advance(model.initialState(), START);
    const nats: number[] = [];
    for (let step = 0; step < 3000; step++) {
      lstm.logProbabilities(own, logs);
      let draw = rng.next();
      let token = 1;
      for (; token < V - 1 && draw > Math.exp(logs[token] as number); token++) {
        draw -= Math.exp(logs[token] as number);
      }
      const { mixture, lstm: neural } = model.observe(state, token);
      nats.push(-Math.log(mixture) + Math.log(neural ?? 0));
      own = lstm.advance(own, token);
      state = model.advance(state, token);
    }
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    assert.ok(mean(nats.slice(-1000)) < mean(nats.slice(0, 500)), "behind the network by less at the end");
  });

  it("hands on what it has learnt, and begins with it", () => {
    const world = createWorld(["counts", "local", "lstm"]);
    readThrough(world, randomDocument(6, 300));
    const { gate } = world.model;
    assert.notDeepEqual(gate, DEFAULT_GATE);
    const next = createWorld(["counts", "lstm"], { gate });
    assert.deepEqual(next.model.gate, gate);
    readThrough(next, randomDocument(7, 50));
    assert.notDeepEqual(next.model.gate, gate, "the copy learns");
    assert.deepEqual(world.model.gate, gate, "and the first stays as it is");
  });

  it("assesses without learning, and agrees with its distribution", () => {
    const { model } = createWorld(["counts", "local", "lstm"]);
    const state = [START, 3, 4].reduce((read, token) => model.advance(read, token), model.initialState());
    const before = model.gate;
    const values = distribution(model, state);
    for (const [token, value] of values.entries()) {
      assert.ok(Math.abs(model.assess(state, token).mixture - value) < 1e-6);
    }
    assert.deepEqual(model.gate, before);
  });

  it("has a default of the sizes that there are, of numbers throughout", () => {
    for (const [part, size] of Object.entries(GATE_SIZES)) {
      const values = DEFAULT_GATE[part as keyof typeof GATE_SIZES];
      assert.equal(values.length, size);
      assert.ok(values.every(Number.isFinite));
    }
  });

  it("learns from files around and from what was written lately, and stays a distribution", () => {
    const placeContexts = new PlaceContexts(TEXTS);
    const document = randomDocument(7, 200);
    const bits = (isNear: boolean): number => {
      const near = new Neighbourhood({ vocabularySize: V, startId: START, placeContexts });
      const passage = createPassage(document);
      const file = { path: "w/copy", tokenCount: document.length, newness: 0, passages: () => [passage] };
      near.remember("w/copy", createPassage(document));
      Array.from(near.enter("w/own", [file]));
      const world = createWorld(["counts", "local", "lstm"], isNear ? { near } : {});
      const nats = readThrough(world, document);
      const sum = distribution(world.model, world.model.advance(world.model.initialState(), START)).reduce(
        (a, b) => a + b,
      );
      assert.ok(Math.abs(sum - 1) < 1e-6, String(sum));
      return nats.reduce((a, b) => a + b);
    };
    assert.ok(bits(true) < bits(false) / 2);
  });
});
