import assert from "node:assert/strict";
import { SuggestionCounter } from "../../../src/extension/suggestionCounter.ts";

function offer(counter: SuggestionCounter, linePrefix: string, rest: string): void {
  const column = linePrefix.length;
  const range = { start: { line: 3, column }, end: { line: 3, column } };
  counter.didOffer("file:///a", { text: rest, range, probability: 0.9 }, linePrefix);
}

describe("SuggestionCounter", () => {
  it("counts a suggestion once while it is typed through", () => {
    const counter = new SuggestionCounter();
    offer(counter, "ret", "urn value;");
    offer(counter, "retu", "rn value;");
    offer(counter, "return v", "alue;");
    assert.equal(counter.counts.shown, 1);
  });

  it("counts a changed suggestion anew", () => {
    const counter = new SuggestionCounter();
    offer(counter, "ret", "urn value;");
    offer(counter, "retu", "rn other;");
    assert.equal(counter.counts.shown, 2);
  });

  it("knows a suggestion that replaces the word before the caret", () => {
    const counter = new SuggestionCounter();
    offer(counter, "ret", "urn value;");
    counter.didOffer(
      "file:///a",
      {
        text: "return value;",
        range: { start: { line: 3, column: 0 }, end: { line: 3, column: 4 } },
        probability: 0.9,
      },
      "retu",
    );
    assert.equal(counter.counts.shown, 1);
  });

  it("counts what was accepted and how much it inserted", () => {
    const counter = new SuggestionCounter({ shown: 5, accepted: 1, acceptedCharacters: 10 });
    counter.didAccept(7);
    assert.deepEqual(counter.counts, { shown: 5, accepted: 2, acceptedCharacters: 17 });
  });

  it("tells its listeners until they leave", () => {
    const counter = new SuggestionCounter();
    const seen: number[] = [];
    const listening = counter.onDidChange(({ accepted }) => seen.push(accepted));
    counter.didAccept(1);
    listening.dispose();
    counter.didAccept(1);
    assert.deepEqual(seen, [1]);
  });
});
