import assert from "node:assert/strict";
import {
  type Offer,
  type RecordedRun,
  leftOverRuns,
  recordReplay,
  selectRuns,
  type Suggester,
} from "../../../../src/evaluation/replay/recordReplay.ts";
import { coverageCurve, figuresOf, figuresPerLanguage } from "../../../../src/evaluation/replay/replayFigures.ts";
import { scoreReplay, type TypistPolicy } from "../../../../src/evaluation/replay/scoreReplay.ts";
import { findTypedHunks, type TypedHunk, versionedText } from "../../../../src/evaluation/replay/typedHunks.ts";
import type { TypingPlace } from "../../../../src/evaluation/replay/typingPlace.ts";

function hunksOf(texts: Readonly<Record<string, string>>): readonly TypedHunk[] {
  return findTypedHunks(
    [],
    Object.entries(texts).map(([path, text]) => versionedText({ path, text })),
  );
}

/** Types new files with a suggester that is told the text to come. */
function replayWith(
  texts: Readonly<Record<string, string>>,
  suggest: (toCome: string, place: TypingPlace) => Offer | null,
): Promise<readonly RecordedRun[]> {
  let toCome = "";
  const suggester: Suggester = {
    begin: (_, { text }) => {
      toCome = text;
    },
    suggest: (place) => suggest(toCome, place),
    learn: (_, unit) => {
      assert.equal(toCome.charAt(0), unit);
      toCome = toCome.slice(1);
    },
    end: () => {
      assert.equal(toCome, "");
    },
  };
  const runs = selectRuns(hunksOf(texts), { seed: 1, limit: Infinity });
  return recordReplay(runs, { suggester, nowMs: () => 0, onProgress: () => undefined });
}

function figures(recording: readonly RecordedRun[], policy: TypistPolicy = "whole") {
  return figuresOf(scoreReplay(recording, { minProbability: 0, policy }));
}

/** One typed line, and what is shown at the columns given. */
async function figuresOfLine(line: string, shown: Readonly<Record<number, string>>, policy: TypistPolicy = "whole") {
  const recording = await replayWith({ a: `${line}\n` }, (_, place) => {
    const text = shown[place.position.column];
    return text === undefined ? null : { text, probability: 0.5 };
  });
  return figures(recording, policy);
}

const certain = (text: string): Offer => ({ text, probability: 1 });

describe("a replay", () => {
  const texts = { "a.py": "one = 1\ntwo = 2\n", "b.js": "let three;\n" };
  const characters = 27;

  it("costs a key a line and the line's end where the rest of the line is always known", async () => {
    const recording = await replayWith(texts, (toCome) => {
      const rest = toCome.slice(0, toCome.indexOf("\n"));
      return rest === "" ? null : certain(rest);
    });
    assert.deepEqual(figures(recording), {
      characters,
      keystrokes: 6,
      keystrokesSaved: 1 - 6 / characters,
      netSaved: 1 - 7.5 / characters,
      completedRatio: 24 / characters,
      shown: 3,
      accepted: 3,
      precision: 1,
      acceptedLength: 8,
    });
  });

  it("saves nothing where nothing is right, and counts what was shown in between", async () => {
    const recording = await replayWith(texts, () => certain("%%%"));
    assert.deepEqual(figures(recording), {
      characters,
      keystrokes: characters,
      keystrokesSaved: 0,
      netSaved: 1 - (characters + characters / 2) / characters,
      completedRatio: 0,
      shown: characters,
      accepted: 0,
      precision: 0,
      acceptedLength: null,
    });
  });

  it("leaves whole hunks over, in the order of the seed, none of which it types", () => {
    const hunks = hunksOf(Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`${n}.py`, `line = ${n}\n`])));
    const order = selectRuns(hunks, { seed: 3, limit: Infinity });
    for (const [limit, typedCount] of [
      [1, 1],
      [9, 1],
      [25, 3],
      [Infinity, 9],
    ] as const) {
      assert.equal(selectRuns(hunks, { seed: 3, limit }).length, typedCount);
      assert.deepEqual(leftOverRuns(hunks, { seed: 3, limit }), order.slice(typedCount));
    }
  });

  it("has no precision where nothing is shown", async () => {
    const { netSaved, precision, shown } = figures(await replayWith(texts, () => null));
    assert.deepEqual({ netSaved, precision, shown }, { netSaved: 0, precision: null, shown: 0 });
  });

  it("tells languages apart by the end of the file's name", async () => {
    const recording = await replayWith(texts, (toCome) => (toCome.startsWith("two") ? certain("two = 2") : null));
    const perLanguage = figuresPerLanguage(recording, "whole");
    assert.deepEqual(
      Object.entries(perLanguage).map(([language, some]) => [language, some.characters, some.keystrokes]),
      [
        ["py", 16, 10],
        ["js", 11, 11],
      ],
    );
  });

  it("counts a suggestion once while it shrinks as it is typed", async () => {
    const { shown, accepted, keystrokes } = await figuresOfLine("abcdef", { 0: "abcx", 1: "bcx", 2: "cx", 3: "x" });
    assert.deepEqual({ shown, accepted, keystrokes }, { shown: 1, accepted: 0, keystrokes: 7 });
  });

  it("counts it again when it changes, when it grows, and when it comes back after it was gone", async () => {
    assert.equal((await figuresOfLine("abcdef", { 0: "abcx", 1: "bcy" })).shown, 2);
    assert.equal((await figuresOfLine("abcdef", { 0: "abcx", 1: "bcxx" })).shown, 2);
    assert.equal((await figuresOfLine("abcdef", { 0: "abcx", 2: "cx" })).shown, 2);
  });

  it("accepts what became right only later, at the place where it did", async () => {
    const { shown, accepted, keystrokes, completedRatio } = await figuresOfLine("abcdef", { 0: "abcx", 2: "cdef" });
    assert.deepEqual(
      { shown, accepted, keystrokes, completedRatio },
      { shown: 2, accepted: 1, keystrokes: 4, completedRatio: 4 / 7 },
    );
  });

  it("does not take what goes beyond the end of what is typed", async () => {
    const { accepted } = await figuresOfLine("abc", { 0: "abc\n\n" });
    assert.equal(accepted, 0);
  });

  it("takes leading words that are right, a key each, under the second policy", async () => {
    const shown = { 0: "const value = other();" };
    const whole = await figuresOfLine("const value = mine();", shown);
    assert.equal(whole.keystrokes, 22);
    const words = await figuresOfLine("const value = mine();", shown, "words");
    // As VS Code goes: "const", " ", "value", " ", "= "; fourteen characters for five keys, and the eight others.
    assert.deepEqual([words.keystrokes, words.accepted, words.shown], [13, 1, 1]);
  });

  it("takes what is wholly right with one key under the second policy too", async () => {
    const { keystrokes } = await figuresOfLine("const value", { 0: "const value" }, "words");
    assert.equal(keystrokes, 2);
  });

  it("draws the curve by hiding what is less probable, which comes into sight as it is typed", async () => {
    const recording = await replayWith({ a: "abcd\n" }, (toCome) => {
      const text = toCome.slice(0, -1);
      return text === "" ? null : { text, probability: 1 - 0.2 * (text.length - 1) };
    });
    const at = (threshold: number) => coverageCurve(recording).find((point) => point.threshold === threshold);
    assert.deepEqual(at(0), { threshold: 0, coverage: 1 / 2, precision: 1, netSaved: 1 - 2.5 / 5 });
    // From probability 0.7 on "cd" is shown, after two keys.
    assert.deepEqual(at(0.7), { threshold: 0.7, coverage: 1 / 4, precision: 1, netSaved: 1 - 4.5 / 5 });
  });
});

describe("selectRuns", () => {
  const hunks = hunksOf(Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`f${index}`, `line ${index}\n`])));
  const textsOf = (seed: number, limit: number): string[] => selectRuns(hunks, { seed, limit }).map(({ text }) => text);

  it("has one order for a seed, another for another, and types all in both", () => {
    assert.deepEqual(textsOf(1, Infinity), textsOf(1, Infinity));
    assert.notDeepEqual(textsOf(1, Infinity), textsOf(2, Infinity));
    assert.deepEqual(textsOf(1, Infinity).sort(), textsOf(2, Infinity).sort());
  });

  it("stops after so many characters, in the midst of a line if need be", () => {
    const texts = textsOf(1, 20);
    assert.equal(texts.join("").length, 20);
    assert.deepEqual(texts.slice(0, -1), textsOf(1, Infinity).slice(0, texts.length - 1));
  });
});

describe("TypingPlace", () => {
  it("has the hunk's place in the new file on the left, and what follows the hunk on the right", async () => {
    const seen: string[] = [];
    const oldText = "top\nbottom\n";
    const hunks = findTypedHunks(
      [versionedText({ path: "a", text: oldText })],
      [versionedText({ path: "a", text: "top\nnew\ntop\nlast\nbottom\n" })],
    );
    const suggester: Suggester = {
      begin: (place) => {
        seen.push(Array.from({ length: place.lineCount }, (_, line) => place.lineText(line)).join("|"));
      },
      suggest: (place) => {
        assert.equal(place.textBefore(3), place.textBefore(100).slice(-3));
        return null;
      },
      learn: () => undefined,
      end: (place) => {
        seen.push(Array.from({ length: place.lineCount }, (_, line) => place.lineText(line)).join("|"));
      },
    };
    await recordReplay(selectRuns(hunks, { seed: 1, limit: Infinity }), {
      suggester,
      nowMs: () => 0,
      onProgress: () => undefined,
    });
    assert.deepEqual(seen, ["top||bottom", "top|new||bottom", "top|new|top||bottom", "top|new|top|last||bottom"]);
  });
});
