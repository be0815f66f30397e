import assert from "node:assert/strict";
import { createRng } from "../../../src/base/rng.ts";
import { CountIndex } from "../../../src/models/counting/countIndex.ts";
import { LocalCounts } from "../../../src/models/counting/localCounts.ts";
import { extendHistory } from "../../../src/models/counting/tokenHistory.ts";
import { MixtureModel } from "../../../src/models/mixture/mixtureModel.ts";
import { createScalarKernel } from "../../../src/models/neural/scalarKernel.ts";
import { explainCaret, type ExplainableModel } from "../../../src/predictor/explainCaret.ts";
import { LoadedModel } from "../../../src/predictor/loadedModel.ts";
import { EXPERT_NAMES, type Explanation } from "../../../src/protocol/predictorMessages.ts";
import { ManualTime } from "../../fakes/manualTime.ts";
import { chainCheckpoint } from "./chainCheckpoint.ts";

const DOCUMENT = "file:///a.ts";

describe("explainCaret", () => {
  let model: LoadedModel;

  beforeEach(() => {
    const checkpoint = { directory: "/model", checkpoint: chainCheckpoint(["abcdefgh;"]) };
    model = new LoadedModel(
      { checkpoint, counts: null, experts: EXPERT_NAMES },
      { clock: new ManualTime(), createKernel: createScalarKernel },
    );
  });

  const explain = (
    text: string,
    { explained = model, after = null, count = 3, shouldStop = () => false }: Partial<ExplainWishes> = {},
  ): Explanation | null => {
    const work = explainCaret(explained, {
      document: DOCUMENT,
      window: { text, isFromStart: true },
      after,
      count,
      shouldStop,
    });
    let step = work.next();
    while (step.done !== true) {
      step = work.next();
    }
    return step.value;
  };

  it("lists the likeliest pieces with what the network says by itself, the best first", () => {
    const explanation = explain("abc");
    assert.equal(explanation?.typed, "");
    assert.equal(explanation.next.length, 3);
    const [first, second] = explanation.next;
    assert.equal(first?.text, "d");
    assert.ok(first.probability > 0.5 && (first.experts.network ?? 0) > 0.5, JSON.stringify(first));
    assert.ok(second !== undefined && second.probability < first.probability);
  });

  it("adds up to one over all pieces", () => {
    const next = explain("abc", { count: 1000 })?.next ?? [];
    const sum = (of: (token: (typeof next)[number]) => number | null): number =>
      next.reduce((total, token) => total + (of(token) ?? 0), 0);
    assert.ok(Math.abs(sum(({ probability }) => probability) - 1) < 1e-6);
    assert.ok(Math.abs(sum(({ experts }) => experts.network) - 1) < 1e-6);
    assert.ok(Math.abs(sum(({ experts }) => experts.counts) - 1) < 1e-6);
  });

  /** The model's network beside counts of these texts, all over its vocabulary. */
  const counting = ({
    files,
    above,
  }: {
    readonly files: readonly string[];
    readonly above: string | null;
  }): ExplainableModel => {
    const { vocabulary } = model.reading;
    const { size: vocabularySize, startId } = vocabulary;
    const counts = new CountIndex({ vocabularySize, startId });
    files.forEach((text) => counts.learn(vocabulary.encode(text)));
    const local = above === null ? null : new LocalCounts({ vocabularySize, startId, maxDepth: 2 });
    let history = extendHistory(null, startId, startId);
    for (const token of vocabulary.encode(above ?? "")) {
      local?.learn(history, token);
      history = extendHistory(history, token, startId);
    }
    const mixture = new MixtureModel({ ...model.experts, counts, local, vocabularySize, startId, gate: null });
    return {
      reading: { ...model.reading, model: mixture },
      experts: { ...model.experts, counts, local },
      assess: (state, token) => mixture.assess(state, token),
      context: (document) => model.context(document),
    };
  };

  it("lists what followed the text in the workspace, the longest context first", () => {
    const explained = counting({ files: ["bcd", "bch", "ch"], above: null });
    const explanation = explain("abc", { explained });
    assert.deepEqual(explanation?.contexts, [
      {
        text: "bc",
        isFromStart: false,
        tokenCount: 2,
        total: 2,
        inWorkspace: 2,
        inDocument: null,
        inNearFiles: 0,
        inLatelyWritten: 0,
        followerCount: 2,
        followers: [
          { text: "d", isEnd: false, count: 1 },
          { text: "h", isEnd: false, count: 1 },
        ],
      },
      {
        text: "c",
        isFromStart: false,
        tokenCount: 1,
        total: 3,
        inWorkspace: 3,
        inDocument: null,
        inNearFiles: 0,
        inLatelyWritten: 0,
        followerCount: 2,
        followers: [
          { text: "h", isEnd: false, count: 2 },
          { text: "d", isEnd: false, count: 1 },
        ],
      },
    ]);
    const h = explanation.next.find(({ text }) => text === "h");
    assert.deepEqual(h?.counts, [
      { tokenCount: 2, count: 1, total: 2 },
      { tokenCount: 1, count: 2, total: 3 },
    ]);
  });

  it("adds up what followed in the workspace and above in the document, by occurrences in both", () => {
    const explained = counting({ files: ["bcd"], above: "bcdbcdbcdbch" });
    const explanation = explain("abc", { explained });
    const figures = explanation?.contexts.map(({ text, total, inWorkspace, inDocument, followers }) => [
      text,
      total,
      inWorkspace,
      inDocument,
      ...followers.map(({ text: follower, count }) => `${follower}${count}`),
    ]);
    assert.deepEqual(figures, [
      ["bc", 5, 1, 4, "d4", "h1"],
      ["c", 5, 1, 4, "d4", "h1"],
    ]);
  });

  it("tells how much of it is near, in files around and lately written elsewhere, which is no part of the sum", () => {
    const explained = counting({ files: ["bcd", "bch"], above: null });
    const { near } = explained.experts;
    const learn = (counts: { learn: LocalCounts["learn"] } | undefined, text: string): void => {
      let history = null;
      for (const token of model.reading.vocabulary.encode(text)) {
        counts?.learn(history, token);
        history = extendHistory(history, token, model.reading.vocabulary.startId);
      }
    };
    learn(near?.folder, "bch");
    learn(near?.recent, "bcdcd");
    const figures = explain("abc", { explained })?.contexts.map(({ text, total, inNearFiles, inLatelyWritten }) => [
      text,
      total,
      inNearFiles,
      inLatelyWritten,
    ]);
    assert.deepEqual(figures, [
      ["bc", 2, 1, 1],
      ["c", 2, 1, 2],
    ]);
  });

  it("never shows a shorter context as rarer than a longer one, nor a piece, wherever they stand", () => {
    const rng = createRng(3);
    const randomText = (length: number): string =>
      Array.from({ length }, () => "abcdefgh;"[rng.nextInt(4)] ?? "a").join("");
    for (let round = 0; round < 60; round++) {
      const files = Array.from({ length: rng.nextInt(4) }, () => randomText(rng.nextInt(60)));
      const above = rng.nextInt(3) === 0 ? null : randomText(rng.nextInt(60));
      const text = randomText(20);
      const { contexts = [], next = [] } = explain(text, { explained: counting({ files, above }), count: 100 }) ?? {};
      const totals = contexts.map(({ total }) => total);
      assert.deepEqual(
        totals,
        [...totals].sort((a, b) => a - b),
        JSON.stringify([files, above, text]),
      );
      for (const { counts } of next) {
        const counted = counts.map(({ count }) => count);
        assert.deepEqual(
          counted,
          [...counted].sort((a, b) => a - b),
        );
      }
      for (const [index, { total }] of contexts.entries()) {
        assert.equal(
          next.reduce((sum, { counts }) => sum + (counts[index]?.count ?? 0), 0),
          total,
        );
      }
    }
  });

  it("says what comes, as likely as it is listed, the document's end too, and what no piece covers", () => {
    const explanation = explain("abc", { after: "defg", count: 1000 });
    const listed = (text: string): number => explanation?.next.find((token) => token.text === text)?.probability ?? NaN;
    const { comes } = explanation ?? {};
    assert.deepEqual([comes?.text, comes?.isEnd, comes?.isUnknown], ["d", false, false]);
    assert.ok(Math.abs(Math.exp(-(comes?.nats ?? NaN)) - listed("d")) < 1e-3);
    assert.deepEqual([explain("abc", { after: "" })?.comes?.isEnd, explain("abc")?.comes], [true, null]);
    const strange = explain("abc", { after: "\u{1F600}" })?.comes;
    assert.equal(strange?.text, "\u{1F600}");
    assert.ok(strange.isUnknown && strange.nats > 1);
  });

  it("gives nothing where it is stopped", () => {
    assert.equal(explain("abcdef", { shouldStop: () => true }), null);
  });
});

interface ExplainWishes {
  readonly explained: ExplainableModel;
  readonly after: string | null;
  readonly count: number;
  readonly shouldStop: () => boolean;
}
