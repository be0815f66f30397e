import assert from "node:assert/strict";
import { eventText } from "../../../src/extension/eventText.ts";
import type { TrainEvent } from "../../../src/protocol/engineMessages.ts";
import { CORPUS, evaluationEvent, progressEvent } from "./samplePoints.ts";

describe("eventText", () => {
  const rows: readonly (readonly [string, TrainEvent, string | null])[] = [
    ["says nothing of every step", progressEvent(), null],
    ["names what comes before the steps", { type: "phase", phase: "corpus" }, "Training: reading the workspace."],
    ["leaves out phases that come again and again", { type: "phase", phase: "saving" }, null],
    [
      "tells what is learnt from",
      CORPUS,
      "Corpus: 335 files, 2.41 MB; left out for secrets: 3 files, 3 lines; 812,044 tokens to learn from and 92,108 held out, vocabulary 1,024, 2,626,560 parameters.",
    ],
    [
      "tells a measurement with what it is taken over",
      evaluationEvent({ step: 1200 }),
      "Step 1,200: validation perplexity 8.21, 0.759 bits per byte over 1,000 tokens, the best so far.",
    ],
    [
      "tells the final one",
      evaluationEvent({ isFinal: true }),
      "Step 10: validation perplexity 8.21, 0.759 bits per byte over 1,000 tokens, final.",
    ],
    ["tells that a run stands still", { type: "pause", isPaused: true }, "Training is paused."],
    ["tells that it goes on", { type: "pause", isPaused: false }, "Training goes on."],
    ["tells of a checkpoint", { type: "checkpoint", step: 1200 }, "Saved the model of step 1,200."],
    ["passes notices on", { type: "notice", level: "warning", message: "Slow disk." }, "Slow disk."],
    [
      "tells why a training ended",
      { type: "done", model: "/m", backend: "portable", device: "cpu", stopped: "budget" },
      "Training ended: budget; the model is in /m.",
    ],
  ];
  for (const [title, event, text] of rows) {
    it(title, () => {
      assert.equal(eventText(event), text);
    });
  }
});
