import assert from "node:assert/strict";
import { createRng } from "../../../../src/base/rng.ts";
import { CountIndex } from "../../../../src/models/counting/countIndex.ts";
import { CountingModel, type CountingState } from "../../../../src/models/counting/countingModel.ts";
import { CountSegment } from "../../../../src/models/counting/countSegment.ts";
import { createSmoothing } from "../../../../src/models/counting/createSmoothing.ts";
import { comparePassages, createPassage, type Passage } from "../../../../src/models/counting/passage.ts";
import { SuccessorTally } from "../../../../src/models/counting/successorTally.ts";

const V = 12;
const START = 0;
const END = 1;

describe("Passages of documents", () => {
  const rng = createRng(11);
  const randomTokens = (length: number): number[] => Array.from({ length }, () => 2 + rng.nextInt(V - 2));
  const part = (lead: readonly number[], tokens: readonly number[]): Passage =>
    createPassage(Uint16Array.from([...lead, ...tokens]), { leadCount: lead.length, isDocumentStart: false });
  const randomPassage = (): Passage =>
    rng.nextInt(3) === 0
      ? createPassage(Uint16Array.from(randomTokens(rng.nextInt(30))))
      : part(randomTokens(rng.nextInt(4)), randomTokens(1 + rng.nextInt(30)));
  const emptyIndex = (): CountIndex => new CountIndex({ vocabularySize: V, startId: START, breakId: END });
  const indexOf = (passages: readonly Passage[]): CountIndex => {
    const index = emptyIndex();
    passages.forEach((passage) => index.learnPassage(passage));
    return index;
  };
  const segmentOf = (passages: readonly Passage[]): CountSegment =>
    CountSegment.sort(passages, { vocabularySize: V, startId: START, breakId: END, tally: new SuccessorTally(V) });

  /**
   * Distributions after many contexts, those of the passages themselves above all.
   * @param reference discounts are chosen from its counts, for which all of it is sorted anew
   */
  const distributions = (index: CountIndex, contexts: readonly (readonly number[])[], reference = index): number[][] =>
    (["wittenBell", "kneserNey"] as const).flatMap((name) => {
      const { smoothing } = createSmoothing(name, { index: reference, order: 5 });
      const model = new CountingModel({ index, smoothing, order: 5, isUnbounded: true });
      return contexts.map((context) => {
        const out = new Float64Array(V);
        let state: CountingState | null = null;
        for (const token of context) {
          state = model.advance(state, token);
        }
        model.probabilities(state, out);
        return [...out];
      });
    });
  const contextsOf = (passages: readonly Passage[]): number[][] =>
    passages.flatMap(({ tokens, isDocumentStart }) => {
      const whole = [...(isDocumentStart ? [START] : []), ...tokens];
      return [whole.slice(0, 1), whole.slice(0, 3), whole.slice(0, Math.floor(whole.length / 2)), whole];
    });

  it("count their tokens and take their lead for context only", () => {
    const index = indexOf([part([5, 6], [7, 8])]);
    assert.equal(index.tokenCount, 2);
    assert.deepEqual([...index.unigrams("occurrences").counts].map(Number), [0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0]);
    const counts = index.createCounts();
    const ask = (...recent: number[]): unknown => {
      index.collect(
        { recent: Int32Array.from(recent), length: recent.length, maxDepth: 4, isUnbounded: true, kind: "occurrences" },
        counts,
      );
      return counts.levels.map(({ depth, from, to }) => [depth, ...counts.tokens.subarray(from, to)]);
    };
    assert.deepEqual(ask(6, 5), [
      [2, 7],
      [1, 7],
    ]);
    assert.deepEqual(ask(5), [], "6 follows 5 in the lead, where it is not counted");
    assert.deepEqual(ask(7, START), [[1, 8]], "a part is not the beginning of a document");
  });

  it("are forgotten so that nothing is left of them, in any order of learning and forgetting", () => {
    for (let round = 0; round < 40; round++) {
      const kept: Passage[] = [];
      const index = emptyIndex();
      const contexts: number[][] = [];
      for (let step = 0; step < 40; step++) {
        if (kept.length > 0 && rng.nextInt(3) === 0) {
          index.forgetPassage(kept.splice(rng.nextInt(kept.length), 1)[0]!);
        } else {
          const passage = kept.length > 0 && rng.nextInt(4) === 0 ? kept[0]! : randomPassage();
          index.learnPassage(passage);
          kept.push(passage);
          contexts.push(...contextsOf([passage]));
        }
        if (rng.nextInt(3) === 0) {
          index.settle();
        }
      }
      assert.deepEqual(distributions(index, contexts), distributions(indexOf(kept), contexts));
    }
  });

  it("count the same in segments that were sorted elsewhere, taken in and given back", () => {
    const [first, second, third] = [0, 1, 2].map(() => Array.from({ length: 20 }, randomPassage)) as [
      Passage[],
      Passage[],
      Passage[],
    ];
    const contexts = contextsOf([...first, ...second, ...third]);
    const index = indexOf(first);
    const [own, gone] = [segmentOf([...second, ...third]), segmentOf(third)];
    const none = { added: [], removed: [] };
    index.exchange({ learnt: { added: [own], removed: [] }, forgotten: { added: [gone], removed: [] } });
    const both = indexOf([...first, ...second]);
    assert.deepEqual(distributions(index, contexts, both), distributions(both, contexts));
    assert.equal(index.tokenCount, both.tokenCount);
    index.forgetPassage(second[3]!);
    index.learnPassage(second[3]!);
    index.exchange({ learnt: { added: [], removed: [own] }, forgotten: { added: [], removed: [gone] } });
    assert.deepEqual(distributions(index, contexts, indexOf(first)), distributions(indexOf(first), contexts));
    assert.throws(() => index.exchange({ learnt: { added: [], removed: [own] }, forgotten: none }), RangeError);
  });

  it("are told apart by lead and mark, and compared as bags", () => {
    const whole = createPassage(Uint16Array.of(5, 6, 7));
    const behindLead = part([5], [6, 7]);
    const { gone, added } = comparePassages([whole, whole, behindLead], [behindLead, part([], [5, 6, 7]), whole]);
    assert.deepEqual(gone, [whole]);
    assert.deepEqual(added, [part([], [5, 6, 7])]);
  });

  it("are refused where nothing says what stands before a part", () => {
    const index = new CountIndex({ vocabularySize: V, startId: START });
    assert.throws(() => index.learnPassage(part([], [5])), TypeError);
  });
});
