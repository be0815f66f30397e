import assert from "node:assert/strict";
import { AcceptanceMemory, readAcceptance } from "../../../src/suggestions/acceptanceMemory.ts";
import { automaticGate } from "../../../src/suggestions/gate.ts";

/** As usual 8 in 10 are accepted of what is shown with this. */
const PROBABILITY = 0.8 / 0.87;

/** A memory that met suggestions of that probability, of which so many in ten were accepted. */
function memoryOf(language: string, count: number, acceptedInTen: number): AcceptanceMemory {
  const memory = new AcceptanceMemory();
  for (let index = 0; index < count; index++) {
    memory.learn(language, { probability: PROBABILITY, isAccepted: index % 10 < acceptedInTen });
  }
  return memory;
}

describe("The memory of accepts and rejections", () => {
  it("believes what is shown as usual where nothing is known", () => {
    assert.equal(new AcceptanceMemory().share("typescript"), 1);
  });

  it("stays near 1 where accepts are as usual, whatever their number", () => {
    for (const count of [10, 100, 1000, 5000]) {
      const share = memoryOf("typescript", count, 8).share("typescript");
      assert.ok(Math.abs(share - 1) < 0.02, `${share} after ${count}`);
    }
  });

  it("moves slowly, and further with every rejection", () => {
    const shares = [0, 5, 200, 800].map((count) => memoryOf("typescript", count, 4).share("typescript"));
    assert.ok(shares[1]! > 0.97, `${shares[1]} after five`);
    assert.ok(shares[2]! < 0.9 && shares[3]! < 0.7, shares.join(", "));
  });

  it("neither falls silent nor pours, whatever happens", () => {
    assert.equal(memoryOf("typescript", 5000, 0).share("typescript"), 0.6);
    const eager = new AcceptanceMemory();
    for (let index = 0; index < 5000; index++) {
      eager.learn("typescript", { probability: 0.5, isAccepted: true });
    }
    assert.equal(eager.share("typescript"), 1.25);
  });

  it("tells languages apart once it knows them, and takes a new one for the average", () => {
    const memory = memoryOf("typescript", 400, 8);
    for (let index = 0; index < 400; index++) {
      memory.learn("markdown", { probability: PROBABILITY, isAccepted: index % 10 < 4 });
    }
    const [typescript, markdown, rust] = ["typescript", "markdown", "rust"].map((language) => memory.share(language));
    assert.ok(typescript! > 0.9 && markdown! < 0.7, `${typescript}, ${markdown}`);
    assert.ok(rust! > markdown! && rust! < typescript!, `${rust}`);
  });

  it("changes its mind when the user does", () => {
    const memory = memoryOf("typescript", 3000, 2);
    for (let index = 0; index < 3000; index++) {
      memory.learn("typescript", { probability: PROBABILITY, isAccepted: index % 10 < 8 });
    }
    assert.ok(memory.share("typescript") > 0.9);
  });

  it("comes back from what it kept, and is empty once cleared", () => {
    const memory = memoryOf("typescript", 100, 3);
    const restored = new AcceptanceMemory(readAcceptance(JSON.parse(JSON.stringify(memory.record))));
    assert.equal(restored.share("typescript"), memory.share("typescript"));
    restored.clear();
    assert.deepEqual(restored.record, new AcceptanceMemory().record);
  });

  it("keeps no more than forty languages, those met last", () => {
    const memory = new AcceptanceMemory();
    for (let index = 0; index < 60; index++) {
      memory.learn(`language${index}`, { probability: 0.5, isAccepted: true });
    }
    const kept = Object.keys(memory.record.languages);
    assert.deepEqual([kept.length, kept[0], kept.at(-1)], [40, "language20", "language59"]);
  });

  for (const damaged of [
    undefined,
    null,
    "text",
    { all: { claimed: -1, accepted: 2 }, languages: { a: { claimed: "5", accepted: 1 } } },
    { all: { claimed: Number.NaN, accepted: 2 }, languages: [] },
    { all: { claimed: 1e9, accepted: 2 }, languages: null },
  ]) {
    it(`takes ${JSON.stringify(damaged)} for nothing known`, () => {
      assert.deepEqual(readAcceptance(damaged), new AcceptanceMemory().record);
    });
  }

  it("makes the gate shyer for those who take less than was claimed", () => {
    const usual = automaticGate(0.5);
    const shyer = automaticGate(0.5, 0.8);
    assert.ok(shyer.costs.shownKeys > usual.costs.shownKeys && shyer.minProbability > usual.minProbability);
    assert.deepEqual(automaticGate(0.5, 1), usual);
    assert.ok(automaticGate(0, 0.6).minProbability < 1);
  });
});
