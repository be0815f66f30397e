import assert from "node:assert/strict";
import { explanationText, type ExplanationFacts } from "../../../src/extension/explanationText.ts";

const PLACE = { name: "src/a.ts", line: 11, column: 18, linePrefix: "const fastify = Fa" };

const EXPLANATION: ExplanationFacts = {
  place: PLACE,
  answer: {
    suggestions: [
      {
        text: "Fastify()",
        range: { start: { line: 11, column: 16 }, end: { line: 11, column: 18 } },
        probability: 0.83,
      },
    ],
    elapsedMs: 4,
    silence: null,
  },
  explanation: {
    typed: "Fa",
    next: [
      { text: "Fastify", isEnd: false, probability: 0.9, experts: { counts: 0.8, network: 0.75 }, counts: [] },
      { text: "", isEnd: true, probability: 0.0004, experts: { counts: 0.0004, network: null }, counts: [] },
    ],
    comes: null,
    contexts: [
      {
        text: "'use strict' = ",
        isFromStart: true,
        tokenCount: 4,
        total: 1,
        inWorkspace: 0,
        inDocument: 1,
        inNearFiles: 0,
        inLatelyWritten: 0,
        followerCount: 1,
        followers: [{ text: "\n", isEnd: false, count: 1 }],
      },
      {
        text: " = ",
        isFromStart: false,
        tokenCount: 2,
        total: 1204,
        inWorkspace: 1200,
        inDocument: 4,
        inNearFiles: 30,
        inLatelyWritten: 2,
        followerCount: 7,
        followers: [
          { text: "Fastify", isEnd: false, count: 1000 },
          { text: "", isEnd: true, count: 4 },
        ],
      },
      {
        text: " ",
        isFromStart: false,
        tokenCount: 1,
        total: 3000,
        inWorkspace: 3000,
        inDocument: null,
        inNearFiles: null,
        inLatelyWritten: null,
        followerCount: 1,
        followers: [{ text: "Fastify", isEnd: false, count: 3000 }],
      },
    ],
  },
};

describe("explanationText", () => {
  it("tells place, suggestion, next pieces, and what was counted", () => {
    assert.deepEqual(explanationText(EXPLANATION).split("\n"), [
      "# Inkling explanation",
      "",
      "## Place",
      "document: src/a.ts",
      "place: line 12, column 19",
      'line so far: "const fastify = Fa"',
      'typed of a piece that may go on: "Fa"',
      "",
      "## Suggestion",
      'text: "stify()"',
      "probability: 83.0 % that all of it comes next",
      "saves: 6 of 7 keys",
      "",
      "## Next piece",
      '> How probable each piece is, given that it begins with "Fa"; pieces are what the model cuts text into.',
      '- 1: "Fastify" 90.0 %, by the counts alone 80.0 %, by the network alone 75.0 %',
      "- 2: the document's end < 0.1 %",
      "",
      "## Counted",
      "> How often the text before the caret was followed by anything, and by what. Shorter texts stand inside longer ones, so they are at least as common.",
      `- 4 pieces back: after the document's start and "'use strict' = ", 1 time, above in this document: "\\n" 1`,
      '- 2 pieces back: after " = ", 1,204 times, 1,200 in the workspace and 4 above in this document (30 in files near it, 2 written lately elsewhere): "Fastify" 1,000, the document\'s end 4, and 5 others',
      '- 1 piece back: after " ", 3,000 times, in the workspace: "Fastify" 3,000',
      "",
    ]);
  });

  for (const [probability, text] of [
    [1, "> 99.9 %"],
    [0.9991, "> 99.9 %"],
    [0.998, "99.8 %"],
    [0.0123, "1.23 %"],
    [0.0011, "0.110 %"],
    [7.9e-7, "< 0.1 %"],
  ] as const) {
    it(`writes a probability of ${probability} as ${text}`, () => {
      const experts = { counts: probability, network: null };
      const next = [{ text: "x", isEnd: false, probability, experts, counts: [] }];
      const report = explanationText({ ...EXPLANATION, explanation: { ...EXPLANATION.explanation, next } });
      assert.ok(report.split("\n").includes(`- 1: "x" ${text}`), report);
    });
  }

  it("says why nothing is suggested, and leaves out what was not counted", () => {
    const text = explanationText({
      place: PLACE,
      answer: { suggestions: [], elapsedMs: 1, silence: "unsure" },
      explanation: { typed: "", next: [], comes: null, contexts: [] },
    });
    assert.match(text, /^> Nothing is suggested while typing: nothing is sure and long enough to save keys\.$/m);
    assert.doesNotMatch(text, /typed of a piece|Counted/);
  });
});
