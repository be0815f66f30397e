import assert from "node:assert/strict";
import { createRng } from "../../../../src/base/rng.ts";
import { ContextGate } from "../../../../src/models/mixture/contextGate.ts";

describe("ContextGate", () => {
  it("takes the mean of the models before it has learnt anything", () => {
    const gate = new ContextGate({ modelCount: 2, featureCount: 1 });
    assert.equal(gate.mix(Float64Array.of(1), Float64Array.of(0.2, 0.6)), 0.4);
  });

  it("keeps what it mixes normalised, whatever it has learnt", () => {
    const gate = new ContextGate({ modelCount: 2, featureCount: 2 });
    const features = Float64Array.of(1, -0.5);
    for (let step = 0; step < 50; step++) {
      const probabilities = Float64Array.of(0.7, 0.1);
      gate.learn(features, probabilities, gate.mix(features, probabilities));
    }
    // Two distributions over three tokens.
    const mixed = [
      [0.7, 0.1],
      [0.2, 0.3],
      [0.1, 0.6],
    ].map((token) => gate.mix(features, Float64Array.from(token)));
    assert.ok(Math.abs(mixed.reduce((sum, p) => sum + p, 0) - 1) < 1e-12);
  });

  it("learns whom to trust where: better than the best single weight", () => {
    const gate = new ContextGate({ modelCount: 2, featureCount: 2 });
    const rng = createRng(1);
    let nats = 0;
    const steps = 4000;
    for (let step = 0; step < steps; step++) {
      const isFirst = rng.next() < 0.5;
      const features = Float64Array.of(1, isFirst ? 1 : -1);
      const probabilities = isFirst ? Float64Array.of(0.8, 0.05) : Float64Array.of(0.05, 0.8);
      const mixed = gate.mix(features, probabilities);
      gate.learn(features, probabilities, mixed);
      nats -= step < steps / 2 ? 0 : Math.log(mixed);
    }
    const single = -Math.log((0.8 + 0.05) / 2);
    assert.ok(nats / (steps / 2) < 0.5 * single, `${nats / (steps / 2)} against ${single}`);
  });
});
