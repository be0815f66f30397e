import assert from "node:assert/strict";
import { findExamples } from "../../../../src/evaluation/replay/replayExamples.ts";
import type { RecordedRun } from "../../../../src/evaluation/replay/recordReplay.ts";
import {
  coverageCurve,
  figuresOf,
  figuresPerLanguage,
  latencyOf,
} from "../../../../src/evaluation/replay/replayFigures.ts";
import { replayReport } from "../../../../src/evaluation/replay/replayReport.ts";
import { scoreReplay } from "../../../../src/evaluation/replay/scoreReplay.ts";

/** One line typed behind two others, with what is shown at some columns. */
function recordedLine(line: string, shown: Readonly<Record<number, readonly [string, number]>>): RecordedRun {
  const lines = ["# <above> & co", "", line];
  const text = `${line}\n`;
  const hunk = { path: "w/a&b.html", lines, from: 2, to: 3, runs: [{ from: 2, to: 3 }] };
  return {
    run: { hunk, from: 2, to: 3, text },
    offers: Array.from({ length: text.length }, (_, column) => {
      const offer = shown[column];
      return offer === undefined ? null : { text: offer[0], probability: offer[1] };
    }),
    elapsedMs: Float64Array.from({ length: text.length }, (_, column) => column),
  };
}

describe("findExamples", () => {
  const recorded = recordedLine("<p>one two three</p>", {
    0: ["<p>one", 0.9],
    6: [" <script>", 0.7],
    8: ["xyz", 0.95],
    12: ["ee</p>", 0.6],
  });
  const { best, worst, usual } = findExamples([recorded, recorded]);

  it("names the longest right ones and the surest wrong ones, each text once", () => {
    assert.deepEqual(
      best.map(({ suggested }) => suggested),
      ["<p>one"],
    );
    assert.deepEqual(
      worst.map(({ suggested }) => suggested),
      ["xyz", " <script>", "ee</p>"],
    );
    assert.deepEqual(
      usual.map(({ suggested }) => suggested),
      ["xyz", "ee</p>"],
    );
  });

  it("shows the place: lines above, what stood before the caret, what was written", () => {
    assert.deepEqual(worst[1], {
      path: "w/a&b.html",
      line: 3,
      above: ["# <above> & co", ""],
      prefix: "<p>one",
      suggested: " <script>",
      written: " two three</p>",
      probability: 0.7,
    });
  });
});

describe("replayReport", () => {
  const recording = [recordedLine("<p>one</p>", { 0: ["<p>one</p>", 0.9] }), recordedLine("two", { 1: ["<b>", 0.5] })];
  const figures = figuresOf(scoreReplay(recording, { minProbability: 0, policy: "whole" }));
  const html = replayReport({
    title: "A <title>",
    description: ["From a to b."],
    systems: [
      { name: "Inkling", figures, wordFigures: figures, coverageCurve: coverageCurve(recording) },
      { name: "Words", figures, wordFigures: figures, coverageCurve: null },
    ],
    perLanguage: figuresPerLanguage(recording, "whole"),
    latencyMs: latencyOf(recording),
    examples: findExamples(recording),
  });

  it("needs nothing from elsewhere and runs nothing", () => {
    assert.doesNotMatch(html, /<script|<link|<img|src=|href=|url\(|@import/i);
  });

  it("shows text of the files as text", () => {
    assert.match(html, /&lt;p&gt;one&lt;\/p&gt;/);
    assert.doesNotMatch(html, /<p>one|<b>|<above>/);
    assert.match(html, /<title>A &lt;title&gt;<\/title>/);
  });

  it("draws a curve for those that have probabilities only", () => {
    assert.equal(html.match(/<polyline/g)?.length, 1);
    assert.equal(html.match(/<th scope="row">Words<\/th>/g)?.length, 1);
  });

  it("says what was saved", () => {
    // One key and a line end, and four keys; two things were seen, which cost half a key each.
    assert.equal(figures.keystrokes, 6);
    assert.match(html, new RegExp(`<td>${(100 * (1 - 7 / 15)).toFixed(1)} %</td>`));
  });

  it("stands with nothing shown at all", () => {
    const silent = [recordedLine("two", {})];
    const nothing = figuresOf(scoreReplay(silent, { minProbability: 0, policy: "whole" }));
    const page = replayReport({
      title: "Silence",
      description: [],
      systems: [{ name: "None", figures: nothing, wordFigures: nothing, coverageCurve: coverageCurve(silent) }],
      perLanguage: {},
      latencyMs: latencyOf([]),
      examples: findExamples(silent),
    });
    assert.doesNotMatch(page, /NaN|undefined|Infinity/);
  });
});
