import assert from "node:assert/strict";
import { characterBaseline } from "../../../../src/evaluation/replay/characterBaseline.ts";
import { DocumentProgress } from "../../../../src/evaluation/replay/documentProgress.ts";
import {
  type Offer,
  recordReplay,
  selectRuns,
  type Suggester,
} from "../../../../src/evaluation/replay/recordReplay.ts";
import { findTypedHunks, type VersionedText, versionedText } from "../../../../src/evaluation/replay/typedHunks.ts";
import { wordBaseline } from "../../../../src/evaluation/replay/wordBaseline.ts";

/** What a suggester shows while `typed` is put in before the last line of a text. */
async function offersFor(suggester: Suggester, { above, typed, below }: Readonly<Record<string, string>>) {
  const old = versionedText({ path: "a", text: `${above ?? ""}${below ?? ""}` });
  const typedText = versionedText({ path: "a", text: `${above ?? ""}${typed ?? ""}${below ?? ""}` });
  const runs = selectRuns(findTypedHunks([old], [typedText]), { seed: 1, limit: Infinity });
  const [recorded] = await recordReplay(runs, { suggester, nowMs: () => 0, onProgress: () => undefined });
  const offers = recorded?.offers ?? [];
  return (column: number): Offer | null => offers[column] ?? null;
}

describe("characterBaseline", () => {
  const learnt = "return self.configuration\n".repeat(30);

  it("goes on within the line while it is sure, and shows what pays", async () => {
    const at = await offersFor(characterBaseline([learnt]), { above: "x\n", typed: "return\n" });
    assert.equal(at(0)?.text, "return self.configuration");
    assert.ok((at(0)?.probability ?? 0) >= 0.85);
    assert.equal(at(4)?.text, "rn self.configuration");
  });

  it("is silent where a suggestion would be too short to pay", async () => {
    const at = await offersFor(characterBaseline(["ab\n".repeat(50)]), { above: "x\n", typed: "ab\n" });
    assert.equal(at(1), null);
  });

  it("learns what is typed", async () => {
    const line = "zebra_quagga(okapi)";
    const at = await offersFor(characterBaseline(["aq\nbw\nce\n"]), {
      above: "x\n",
      typed: `${line}\n`.repeat(8),
    });
    assert.equal(at(0), null);
    assert.equal(at(7 * (line.length + 1) + 4)?.text, line.slice(4));
  });
});

describe("wordBaseline", () => {
  const text = { above: "alphabet\nalpine\n", below: "\naltitude bottom\n" };

  it("offers the rest of the nearest word above that begins so, and nothing before a letter is typed", async () => {
    const at = await offersFor(wordBaseline(), { ...text, typed: "alp alt bo\n" });
    assert.deepEqual([at(0), at(1)?.text, at(2)?.text, at(4)], [null, "lpine", "pine", null]);
  });

  it("looks below where nothing above fits, and at what was just typed first", async () => {
    const at = await offersFor(wordBaseline(), { ...text, typed: "alt alpaca al bo\n" });
    assert.equal(at(3)?.text, "itude");
    assert.equal(at(13)?.text, "paca");
    assert.equal(at(16)?.text, "ttom");
  });

  it("remembers the words of documents that were opened before", async () => {
    const baseline = wordBaseline();
    await offersFor(baseline, { above: "", typed: "kilimanjaro\n" });
    const at = await offersFor(baseline, { above: "", typed: "ki\n" });
    assert.equal(at(2)?.text, "limanjaro");
  });
});

describe("DocumentProgress", () => {
  const versions = (text: string): readonly VersionedText[] => [versionedText({ path: "a", text })];
  const hunks = findTypedHunks(
    versions("top\nmiddle\nbottom\n"),
    versions("top\none\ntop\ntwo\nmiddle\nthree\nbottom\n"),
  );

  it("hides what was not typed yet, and shows it line by line", () => {
    const progress = new DocumentProgress(hunks);
    const [first, second] = hunks;
    assert.ok(first !== undefined && second !== undefined);
    assert.equal(progress.text("a"), "top\nmiddle\nbottom\n");
    progress.reveal(second, second.to);
    assert.equal(progress.text("a"), "top\nmiddle\nthree\nbottom\n");
    progress.reveal(first, first.from + 1);
    assert.equal(progress.text("a"), "top\none\nmiddle\nthree\nbottom\n");
    progress.reveal(first, first.from);
    progress.reveal(first, first.to);
    assert.equal(progress.text("a"), "top\none\ntop\ntwo\nmiddle\nthree\nbottom\n");
  });
});
