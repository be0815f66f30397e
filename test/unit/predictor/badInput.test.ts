import assert from "node:assert/strict";
import { createScalarKernel } from "../../../src/models/neural/scalarKernel.ts";
import { Predictor } from "../../../src/predictor/predictor.ts";
import { buildCompletionQuery } from "../../../src/protocol/completionQuery.ts";
import type { CompletionAnswer, CompletionQuery } from "../../../src/protocol/predictorMessages.ts";
import { ManualTime } from "../../fakes/manualTime.ts";
import { chainCheckpoint } from "./chainCheckpoint.ts";

const DOCUMENT = "file:///a.ts";

describe("A predictor among strange texts", () => {
  let predictor: Predictor;

  beforeEach(async () => {
    predictor = new Predictor({
      clock: new ManualTime(),
      createKernel: (spec, weights) => createScalarKernel(spec, weights),
      pause: () => new Promise((resolve) => setImmediate(resolve)),
      startThread: () => assert.fail("nothing is counted here"),
      pathOf: () => undefined,
      openCheckpoint: () => Promise.resolve(chainCheckpoint(["abcdefgh;", "x=yzt\n", "שלוםבג.", " \r😀é👨👩"])),
    });
    await predictor.load("/model", ["lstm"]);
  });

  /** Asks as the editor does, at `‸` of a document whose lines end in any way. */
  const complete = (
    marked: string,
    trigger: CompletionQuery["trigger"] = "automatic",
  ): Promise<CompletionAnswer> | undefined => {
    const [before = "", after = ""] = marked.split("‸");
    const ends = /\r\n|\r|\n/;
    const above = before.split(ends);
    const position = { line: above.length - 1, column: above.at(-1)?.length ?? 0 };
    const lines = `${before}${after}`.split(ends);
    const query = buildCompletionQuery(
      { lineCount: lines.length, lineText: (line) => lines[line] ?? "" },
      { document: DOCUMENT, position, selectedCompletion: null, trigger, budgetMs: 50 },
    );
    return query === undefined ? undefined : predictor.complete(query, new AbortController().signal);
  };

  for (const [title, marked, text, start] of [
    ["goes on from right to left", "x=yzt\nשל‸", "שלוםבג.", { line: 1, column: 0 }],
    ["goes on from right to left behind what runs left to right", "ab; של‸", "שלוםבג.", { line: 0, column: 4 }],
    ["reads mixed line ends", "abc\r\n;\rabcd\nx=‸\r\nabc\r", "yzt", { line: 3, column: 2 }],
    ["counts units behind what takes several", "👨‍👩‍👧 é 😀ab‸", "abcdefgh;", { line: 0, column: 13 }],
    ["goes on behind a line of 100,000 characters", `${"abc ".repeat(25_000)}\nx=‸`, "yzt", { line: 1, column: 2 }],
    ["goes on in a line of 100,000 characters", `${"abc ".repeat(25_000)}x=‸`, "yzt", { line: 0, column: 100_002 }],
    ["goes on before 100,000 characters", `x=‸ ${"abc ".repeat(25_000)}`, "yzt", { line: 0, column: 2 }],
  ] as const) {
    it(title, async () => {
      const [suggestion] = (await complete(marked))?.suggestions ?? [];
      assert.equal(suggestion?.text, text);
      assert.deepEqual(suggestion.range.start, start);
    });
  }

  for (const [title, marked] of [
    ["between the halves of a surrogate pair", "x=\ud83d‸\ude00"],
    ["between a letter and its accent", "abc‸\u0301"],
    ["before what joins two signs", "👨‸\u200d👩"],
    ["behind what joins two signs", "👨\u200d‸👩"],
    ["between a sign and the colour of its skin", "👨‸🏽"],
    ["between the halves of a flag", "🇫‸🇷"],
  ] as const) {
    it(`puts nothing ${title}`, async () => {
      assert.deepEqual((await complete(marked, "explicit"))?.suggestions ?? [], []);
    });
  }

  it("answers nothing for a document that was closed during the search", async () => {
    const answer = complete("x=‸");
    predictor.close(DOCUMENT);
    assert.deepEqual({ ...(await answer), elapsedMs: 0 }, { suggestions: [], elapsedMs: 0, silence: "cancelled" });
  });

  it("answers the newest of what a document was edited to during the search", async () => {
    const [older, newer] = [complete("x=‸"), complete("abc‸")];
    assert.equal((await older)?.silence, "cancelled");
    assert.equal((await newer)?.suggestions[0]?.text, "abcdefgh;");
  });
});
