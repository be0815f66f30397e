import assert from "node:assert/strict";
import { createRng } from "../../../../src/base/rng.ts";
import { initialWeights } from "../../../../src/models/neural/initialWeights.ts";
import { CELL_KINDS } from "../../../../src/models/neural/networkSpec.ts";
import { RecurrentDecoder } from "../../../../src/models/neural/recurrentDecoder.ts";
import { temperWeights } from "../../../../src/models/neural/temperWeights.ts";

const [V, TEMPERATURE] = [11, 1.3];

describe("A network at a temperature", () => {
  for (const cell of CELL_KINDS) {
    for (const layerCount of [1, 2]) {
      it(`has the same states, and distributions that are flatter by that (${cell}, ${layerCount})`, () => {
        const spec = { cell, vocabularySize: V, hiddenSize: 8, layerCount, readsMatches: cell === "lstm" };
        const rng = createRng(2);
        const weights = new Map(
          [...initialWeights(spec, rng)].map(([name, values]) => [name, values.map(() => 2 * rng.next() - 1)]),
        );
        const before = [...weights].map(([name, values]) => [name, [...values]] as const);
        const [plain, flat] = [weights, temperWeights(spec, weights, TEMPERATURE)].map((each) =>
          RecurrentDecoder.fromWeights(spec, each),
        ) as [RecurrentDecoder, RecurrentDecoder];
        const [logs, flatLogs] = [new Float32Array(V), new Float32Array(V)];
        let [state, flatState] = [plain.initialState(), flat.initialState()];
        for (const token of [3, 1, 10, 0, 7, 7]) {
          [state, flatState] = [plain.advance(state, token), flat.advance(flatState, token)];
          plain.logProbabilities(state, logs);
          flat.logProbabilities(flatState, flatLogs);
          const mass = logs.reduce((sum, log) => sum + Math.exp(log / TEMPERATURE), 0);
          for (const [index, log] of logs.entries()) {
            const expected = log / TEMPERATURE - Math.log(mass);
            assert.ok(Math.abs((flatLogs[index] as number) - expected) < 1e-5, `${flatLogs[index]}, ${expected}`);
          }
        }
        assert.deepEqual(
          [...weights].map(([name, values]) => [name, [...values]] as const),
          before,
          "nothing is changed in place",
        );
      });
    }
  }
});
