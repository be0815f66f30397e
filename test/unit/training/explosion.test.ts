import assert from "node:assert/strict";
import { ExplosionWatch } from "../../../src/training/explosion.ts";

/** V; guessing costs ln V = 6.93 nats. */
const VOCABULARY_SIZE = 1024;
const step = (loss: number) => ({ nats: loss * 10, targetCount: 10 });
const look = (loss: number) => ({ nats: loss * 20, tokens: 20 });

function statesOf(watch: ExplosionWatch, losses: readonly number[]): readonly string[] {
  return losses.map((loss) => watch.noteStep(step(loss)));
}

describe("The watch for a loss that explodes", () => {
  it("takes no single step for an explosion, and eight in a row far beyond guessing for one", () => {
    const watch = new ExplosionWatch(VOCABULARY_SIZE);
    assert.deepEqual(
      new Set(statesOf(watch, [...Array<number>(7).fill(100), 6, ...Array<number>(7).fill(100)])),
      new Set(["calm"]),
    );
    assert.equal(watch.noteStep(step(100)), "exploded");
    assert.equal(watch.noteStep({ nats: 0, targetCount: 0 }), "calm");
  });

  it("suspects a loss that goes halfway back to guessing, once, which a look has to confirm", () => {
    const watch = new ExplosionWatch(VOCABULARY_SIZE);
    assert.deepEqual(new Set(statesOf(watch, Array<number>(20).fill(6))), new Set(["calm"]), "nothing is known yet");
    watch.noteBest(look(2));
    assert.ok(!watch.isConfirmedBy(look(5)), "steps go well: that is overfitting");
    assert.deepEqual(statesOf(watch, Array<number>(9).fill(5)), [
      ...Array<string>(7).fill("calm"),
      "suspicious",
      "calm",
    ]);
    assert.ok(!watch.isConfirmedBy(look(4.4)), "a strange file");
    assert.ok(watch.isConfirmedBy(look(4.5)));
    watch.noteStep(step(3));
    assert.ok(!watch.isConfirmedBy(look(4.5)));
    assert.equal(statesOf(watch, Array<number>(8).fill(5)).at(-1), "suspicious", "once for each run of bad steps");
  });

  it("lets first figures, which are close to guessing, go up and down", () => {
    const watch = new ExplosionWatch(VOCABULARY_SIZE);
    watch.noteBest(look(6.9));
    assert.deepEqual(new Set(statesOf(watch, Array<number>(20).fill(7.3))), new Set(["calm"]));
    assert.equal(statesOf(watch, Array<number>(8).fill(7.5)).at(-1), "suspicious");
  });
});
