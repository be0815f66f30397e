import assert from "node:assert/strict";
import { CountIndex } from "../../../src/models/counting/countIndex.ts";
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
    { explained = model, count = 3, shouldStop = () => false }: Partial<ExplainWishes> = {},
  ): Explanation | null => {
    const work = explainCaret(explained, {
      document: DOCUMENT,
      window: { text, isFromStart: true },
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
    assert.ok(first.probability > 0.5 && (first.network ?? 0) > 0.5, JSON.stringify(first));
    assert.ok(second !== undefined && second.probability < first.probability);
  });

  it("adds up to one over all pieces", () => {
    const next = explain("abc", { count: 1000 })?.next ?? [];
    const sum = (of: (token: (typeof next)[number]) => number | null): number =>
      next.reduce((total, token) => total + (of(token) ?? 0), 0);
    assert.ok(Math.abs(sum(({ probability }) => probability) - 1) < 1e-6);
    assert.ok(Math.abs(sum(({ network }) => network) - 1) < 1e-6);
  });

  it("lists what followed the text in the workspace, the longest context first", () => {
    const { vocabulary } = model.reading;
    const counts = new CountIndex({ vocabularySize: vocabulary.size, startId: vocabulary.startId });
    counts.learn(vocabulary.encode("bcd"));
    counts.learn(vocabulary.encode("bch"));
    counts.learn(vocabulary.encode("ch"));
    const explained: ExplainableModel = {
      reading: model.reading,
      experts: { ...model.experts, counts, local: null },
      context: (document) => model.context(document),
    };
    assert.deepEqual(explain("abc", { explained })?.contexts, [
      {
        source: "workspace",
        text: "bc",
        isFromStart: false,
        tokenCount: 2,
        total: 2,
        followerCount: 2,
        followers: [
          { text: "d", isEnd: false, count: 1 },
          { text: "h", isEnd: false, count: 1 },
        ],
      },
      {
        source: "workspace",
        text: "c",
        isFromStart: false,
        tokenCount: 1,
        total: 3,
        followerCount: 2,
        followers: [
          { text: "h", isEnd: false, count: 2 },
          { text: "d", isEnd: false, count: 1 },
        ],
      },
    ]);
  });

  it("gives nothing where it is stopped", () => {
    assert.equal(explain("abcdef", { shouldStop: () => true }), null);
  });
});

interface ExplainWishes {
  readonly explained: ExplainableModel;
  readonly count: number;
  readonly shouldStop: () => boolean;
}
