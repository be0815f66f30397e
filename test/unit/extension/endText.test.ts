import assert from "node:assert/strict";
import { endText } from "../../../src/extension/endText.ts";
import { CORPUS, evaluationPoint, MODEL, status } from "./samplePoints.ts";

describe("endText", () => {
  it("tells the figure with what it is taken over", () => {
    const learnt = status({ model: MODEL, corpus: CORPUS, validation: evaluationPoint({ isFinal: true }) });
    assert.equal(
      endText(learnt, { nothingLearnt: undefined }),
      "The model is ready; it suggests as you type. Perplexity 8.21, final, over 14,208 of 92,108 held-out tokens.",
    );
  });

  it("tells that suggestions are off, and of no figure where nothing was held out", () => {
    assert.equal(
      endText(status({ model: MODEL, isEnabled: false }), { nothingLearnt: undefined }),
      "The model is ready; suggestions are switched off, so it suggests nothing yet.",
    );
  });

  it("tells why nothing was learnt, and what to do", () => {
    const nothingLearnt = "Nothing was saved. Give it more time.";
    assert.equal(endText(status({ model: MODEL }), { nothingLearnt }), `Training ended. ${nothingLearnt}`);
  });
});
