import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type NetworkSpec, parameterShapes, type WeightMap } from "../../../../src/models/neural/networkSpec.ts";
import { quantizedWeights } from "../../../../src/models/neural/quantizedRows.ts";
import {
  blankState,
  type RecurrentKernel,
  type RecurrentState,
} from "../../../../src/models/neural/recurrentKernel.ts";
import { createScalarKernel } from "../../../../src/models/neural/scalarKernel.ts";
import { createWasmKernel, fitsWasm } from "../../../../src/models/neural/wasmKernel.ts";
import { MATCH_RANKS, matchCode } from "../../../../src/tokens/matchIndex.ts";
import type { DecoderFile } from "../../../../src/models/neural/wasmSupport.ts";
import { compileSupportedDecoders } from "../../../support/decoderModules.ts";
import { skipAloud } from "../../../skipAloud.ts";
import { randomWeights } from "./randomWeights.ts";

for (const file of ["decoder.wasm", "decoder-relaxed.wasm"] as const) {
  describe(`The kernel in ${file}`, () => {
    let module: WebAssembly.Module;

    before(async function () {
      this.timeout(60_000);
      module = await moduleOf(file, this);
    });

    for (const [V, H, L] of [
      [5, 1, 1],
      [7, 3, 2],
      [33, 12, 3],
      [32, 8, 1],
      [100, 37, 2],
      [65, 64, 3],
      [257, 130, 1],
    ] as const) {
      for (const [cell, name, more] of [
        ["lstm", "lstm", {}],
        ["lstm", "lstm that reads matches", { readsMatches: true }],
        ["gru", "gru", {}],
        ["rnn", "rnn", {}],
      ] as const) {
        const spec: NetworkSpec = { cell, vocabularySize: V, hiddenSize: H, layerCount: L, ...more };
        const weights = randomWeights(spec, { seed: V, scale: 2 / Math.sqrt(H) });

        it(`agrees with the scalar kernel for 1 to 7 and 35 lanes: ${name}, ${L}×${H} over ${V} pieces`, () => {
          checkAgreement(floatKernel(module, spec, weights), createScalarKernel(spec, weights), 1e-5);
        });

        it(`agrees with it on weights of 8 bits: ${name}, ${L}×${H} over ${V} pieces`, () => {
          const rounded = createScalarKernel(spec, quantizedWeights(spec, weights));
          const kernel = createWasmKernel(module, spec, { weights, precision: "int8" });
          checkAgreement(kernel, rounded, 1e-3);
        });
      }
    }

    it("adds up weights of 8 bits without overflow, however wide the network is", () => {
      const H = 1056;
      const spec: NetworkSpec = { cell: "rnn", vocabularySize: 3, hiddenSize: H, layerCount: 1 };
      const weights = zeroWeights(spec);
      weights.get("embedding")!.fill(0.01);
      weights.get("rnn/0/inputKernel")!.fill(0.02);
      weights.get("rnn/0/recurrentKernel")!.fill(1 / H);
      const kernel = createWasmKernel(module, spec, { weights, precision: "int8" });
      const [first] = kernel.step(blankStates(spec, 1), [1]);
      assertClose(first!.hidden, new Float32Array(H).fill(Math.tanh(H * 2e-4)), 1e-4);
      const [second] = kernel.step([first!], [1]);
      assertClose(second!.hidden, new Float32Array(H).fill(Math.tanh(H * 2e-4 + first!.hidden[0]!)), 1e-4);
    });

    it("gives a lane the same bits whatever lies beside it, with weights of 8 bits too", () => {
      const kernel = createWasmKernel(module, small, {
        weights: randomWeights(small, { seed: 4, scale: 1 }),
        precision: "int8",
      });
      const states = kernel.step(blankStates(small, 7), [1, 2, 3, 4, 5, 6, 7]);
      const distributions = logProbabilities(kernel, states);
      for (const [lane, state] of states.entries()) {
        assert.deepEqual(kernel.step(blankStates(small, 1), [lane + 1])[0], state);
        assert.deepEqual(logProbabilities(kernel, [state], lane)[0], distributions[lane]);
      }
    });

    it("keeps what is no number visible in 8 bits", () => {
      const weights = new Map(randomWeights(small, { seed: 1, scale: 1 }));
      const embedding = weights.get("embedding")!.slice();
      embedding[3 * small.hiddenSize] = NaN;
      weights.set("embedding", embedding);
      const kernel = createWasmKernel(module, small, { weights, precision: "int8" });
      assert.ok(kernel.step(blankStates(small, 1), [3])[0]!.cell.subarray(0, 20).every(Number.isNaN));
    });

    const small: NetworkSpec = { cell: "lstm", vocabularySize: 50, hiddenSize: 20, layerCount: 2, readsMatches: true };

    it("gives a lane the same bits whatever lies beside it", () => {
      const kernel = floatKernel(module, small, randomWeights(small, { seed: 4, scale: 1 }));
      const states = kernel.step(blankStates(small, 7), [1, 2, 3, 4, 5, 6, 7]);
      const together = kernel.step(states, [9, 8, 7, 6, 5, 4, 3]);
      const distributions = logProbabilities(kernel, together);
      for (const [lane, state] of states.entries()) {
        const alone = kernel.step([state], [9 - lane]);
        assert.deepEqual(alone[0], together[lane]);
        assert.deepEqual(logProbabilities(kernel, alone, lane)[0], distributions[lane]);
      }
    });

    it("refuses to say what comes where nobody tells it of matches that it reads", () => {
      const weights = randomWeights(small, { seed: 1, scale: 1 });
      for (const kernel of [floatKernel(module, small, weights), createScalarKernel(small, weights)]) {
        const out = [new Float32Array(small.vocabularySize)];
        assert.throws(() => {
          kernel.logProbabilities(blankStates(small, 1), out);
        }, /Expected `matches`/u);
      }
    });

    it("leaves states as they were, and those it gave out", () => {
      const kernel = floatKernel(module, small, randomWeights(small, { seed: 1, scale: 1 }));
      const states = kernel.step(blankStates(small, 3), [3, 4, 5]);
      const before = structuredClone(states);
      kernel.step(states, [1, 2, 3]);
      kernel.step([states[0]!, states[0]!], [2, 3]);
      logProbabilities(kernel, states);
      assert.deepEqual(states, before);
    });

    it("does not need the weights any more", () => {
      const weights = randomWeights(small, { seed: 1, scale: 1 });
      const kernel = floatKernel(module, small, weights);
      const expected = kernel.step(blankStates(small, 1), [3]);
      weights.forEach((values) => values.fill(NaN));
      assert.deepEqual(kernel.step(blankStates(small, 1), [3]), expected);
      assert.ok(kernel.step(blankStates(small, 1), [4])[0]!.hidden.every(Number.isFinite));
    });

    for (const scale of [0.01, 1, 5, 40]) {
      it(`gives distributions that sum to 1 with weights of up to ${scale}`, () => {
        const spec: NetworkSpec = { cell: "lstm", vocabularySize: 1001, hiddenSize: 40, layerCount: 1 };
        const kernel = floatKernel(module, spec, randomWeights(spec, { seed: 5, scale }));
        let states = blankStates(spec, 3);
        for (let step = 0; step < 20; step++) {
          states = kernel.step(states, [step, 2 * step, 1000 - step]);
          for (const distribution of logProbabilities(kernel, states)) {
            const sum = distribution.reduce((total, value) => total + Math.exp(value), 0);
            assert.ok(Math.abs(sum - 1) < 1e-6, `step ${step}: ${sum}`);
          }
        }
      });
    }

    it("computes sigmoid and tanh to 1e-6, wherever they are asked for", () => {
      const H = 512;
      const spec: NetworkSpec = { cell: "lstm", vocabularySize: 2, hiddenSize: H, layerCount: 1 };
      const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
      for (const range of [1, 12, 100, 1e4]) {
        const xs = Float32Array.from({ length: H }, (_, n) => (n / (H - 1) - 0.5) * 2 * range);
        const large = new Float32Array(H).fill(50);
        // c = σ(i)·tanh(g) with one of the two gates open.
        for (const [i, g, f] of [
          [xs, large, sigmoid],
          [large, xs, Math.tanh],
        ] as const) {
          const weights = zeroWeights(spec);
          weights.set("lstm/0/bias", Float32Array.from([...i, ...g, ...large, ...large]));
          const [state] = floatKernel(module, spec, weights).step(blankStates(spec, 1), [0]);
          assertClose(state!.cell, xs.map(f), 1e-6);
          assertClose(
            state!.hidden,
            xs.map((x) => Math.tanh(f(x))),
            1e-6,
          );
        }
      }
    });

    it("keeps what is no number visible", () => {
      const weights = new Map(randomWeights(small, { seed: 1, scale: 1 }));
      weights.set("lstm/0/bias", new Float32Array(80).fill(NaN));
      const kernel = floatKernel(module, small, weights);
      const states = kernel.step(blankStates(small, 1), [3]);
      assert.ok(states[0]!.cell.subarray(0, 20).every(Number.isNaN));
      assert.ok(logProbabilities(kernel, states)[0]!.every(Number.isNaN));
    });

    it("computes the gates of tokens anew where they share a slot", () => {
      // 16 KB a token: 2,048 slots for 2,100 tokens.
      const spec: NetworkSpec = { cell: "lstm", vocabularySize: 2100, hiddenSize: 1024, layerCount: 1 };
      const weights = zeroWeights(spec);
      weights
        .get("embedding")!
        .forEach((_, index, values) => (values[index] = index % 1024 === 0 ? index / 1024e3 : 0));
      weights.get("lstm/0/inputKernel")![1024] = 1;
      const kernel = floatKernel(module, spec, weights);
      const tokens = [3, 2051, 3, 2051];
      const got = kernel.step(blankStates(spec, 4), tokens).map(({ cell }) => cell[0]!);
      const want = tokens.map((token) => 0.5 * Math.tanh(token / 1000));
      got.forEach((value, lane) => assert.ok(Math.abs(value - want[lane]!) < 1e-6, `${value}, not ${want[lane]}`));
    });

    it("refuses weights that do not fit the sizes, and tokens that are none", () => {
      const weights = new Map(randomWeights(small, { seed: 1, scale: 1 }));
      const kernel = floatKernel(module, small, weights);
      assert.throws(() => kernel.step(blankStates(small, 1), [50]), RangeError);
      assert.throws(() => kernel.step(blankStates(small, 1), [-1]), RangeError);
      weights.set("lstm/1/bias", new Float32Array(3));
      assert.throws(() => floatKernel(module, small, weights), /lstm\/1\/bias` with 80 elements, got 3/);
    });

    it("gives its memory back when nobody holds it any more", async () => {
      setFlagsFromString("--expose-gc");
      const collectGarbage = runInNewContext("gc") as () => void;
      const spec: NetworkSpec = { cell: "lstm", vocabularySize: 500, hiddenSize: 256, layerCount: 1 };
      const weights = randomWeights(spec, { seed: 1, scale: 1 });
      // 5 MB each.
      const held = Array.from({ length: 10 }, () => floatKernel(module, spec, weights));
      const kernels = held.map((kernel) => new WeakRef(kernel));
      const externalBytes = async (): Promise<number> => {
        for (let round = 0; round < 2; round++) {
          // A weak reference holds on until the turn ends; the second collection ends the sweep that the first began.
          await new Promise((resolve) => setImmediate(resolve));
          collectGarbage();
        }
        return process.memoryUsage().external;
      };
      const heldBytes = await externalBytes();
      assert.equal(held.splice(0).length, 10);
      const freedBytes = heldBytes - (await externalBytes());
      assert.ok(freedBytes > 40e6, `${freedBytes} bytes are back`);
      assert.ok(kernels.every((kernel) => kernel.deref() === undefined));
    });
  });
}

describe("The WebAssembly kernels", () => {
  it("leave networks that have no place in the memory to others", () => {
    const spec: NetworkSpec = { cell: "lstm", vocabularySize: 2048, hiddenSize: 1024, layerCount: 2 };
    assert.equal(fitsWasm(spec), true);
    assert.equal(fitsWasm({ ...spec, hiddenSize: 16_384 }), false);
  });
});

function floatKernel(module: WebAssembly.Module, spec: NetworkSpec, weights: WeightMap): RecurrentKernel {
  return createWasmKernel(module, spec, { weights, precision: "float32" });
}

function checkAgreement(kernel: RecurrentKernel, oracle: RecurrentKernel, tolerance: number): void {
  const { spec } = kernel;
  for (const B of [1, 2, 3, 4, 5, 6, 7, 35]) {
    let expected = blankStates(spec, B);
    let got = blankStates(spec, B);
    for (let step = 0; step < 6; step++) {
      const tokens = Array.from({ length: B }, (_, lane) => (step * 31 + lane * 17) % spec.vocabularySize);
      expected = oracle.step(expected, tokens);
      got = kernel.step(got, tokens);
    }
    for (let lane = 0; lane < B; lane++) {
      assertClose(got[lane]!.hidden, expected[lane]!.hidden, tolerance);
      assertClose(got[lane]!.cell, expected[lane]!.cell, tolerance);
    }
    const distributions = logProbabilities(oracle, expected);
    for (const [lane, distribution] of logProbabilities(kernel, got).entries()) {
      assertClose(distribution, distributions[lane]!, tolerance);
    }
  }
}

const decoders: { modules?: Promise<ReadonlyMap<DecoderFile, WebAssembly.Module>> } = {};

async function moduleOf(file: DecoderFile, test: Mocha.Context): Promise<WebAssembly.Module> {
  decoders.modules ??= compileSupportedDecoders();
  return (await decoders.modules).get(file) ?? skipAloud(test, `this Node does not run ${file}`);
}

function blankStates(spec: NetworkSpec, count: number): readonly RecurrentState[] {
  return Array.from({ length: count }, () => blankState(spec));
}

function zeroWeights(spec: NetworkSpec): Map<string, Float32Array> {
  return new Map(
    parameterShapes(spec).map(({ name, shape }) => [name, new Float32Array(shape.reduce((a, b) => a * b, 1))]),
  );
}

/** What is suggested in a lane: all ranks and none come. */
function codeOf(lane: number, { vocabularySize }: NetworkSpec): number {
  return matchCode((lane * 13) % vocabularySize, (lane + 1) % (MATCH_RANKS + 1));
}

/** @param firstLane whose suggestion is the first state's */
function logProbabilities(
  kernel: RecurrentKernel,
  states: readonly RecurrentState[],
  firstLane = 0,
): readonly Float32Array[] {
  const out = states.map(() => new Float32Array(kernel.spec.vocabularySize));
  const matches = states.map((_, lane) => codeOf(firstLane + lane, kernel.spec));
  kernel.logProbabilities(states, out, matches);
  return out;
}

function assertClose(got: Float32Array, expected: Float32Array, tolerance = 1e-5): void {
  assert.equal(got.length, expected.length);
  for (const [n, value] of expected.entries()) {
    assert.ok(Math.abs(value - got[n]!) <= tolerance, `[${n}]: expected ${value}, got ${got[n]}`);
  }
}
