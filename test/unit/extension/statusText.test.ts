import assert from "node:assert/strict";
import { describeStatus, progressMessage } from "../../../src/extension/statusText.ts";
import type { InklingStatus } from "../../../src/protocol/dashboardMessages.ts";
import type { BackendDescription } from "../../../src/protocol/engineMessages.ts";
import { CORPUS, evaluationPoint, MODEL, progressPoint, status } from "./samplePoints.ts";

const PORTABLE: BackendDescription = {
  backend: "portable",
  device: "cpu",
  tensorflow: null,
  reasons: ["No *Python* was found."],
};
const FAILURE: InklingStatus["failure"] = {
  code: "engineDied",
  severity: "error",
  text: "It died.",
  actions: ["showLog"],
};
const TRAINING = { activity: "training", phase: "training", fraction: 0.437 } as const;

describe("describeStatus", () => {
  const rows: readonly (readonly [string, Partial<InklingStatus>, string])[] = [
    ["offers to train where there is no model", {}, "$(book) Inkling: train"],
    [
      "says what goes on before the first step",
      { activity: "training", phase: "corpus" },
      "$(sync~spin) Inkling: reading the workspace",
    ],
    [
      "marks a training perplexity as such",
      { ...TRAINING, progress: progressPoint() },
      "$(sync~spin) training ppl 20.0 43%",
    ],
    [
      "shows the validation perplexity once it is known",
      { ...TRAINING, progress: progressPoint(), validation: evaluationPoint() },
      "$(sync~spin) ppl 8.21 43%",
    ],
    ["says that it stops", { ...TRAINING, activity: "cancelling", progress: progressPoint() }, "$(sync~spin) stopping"],
    ["shows the perplexity of the model", { model: MODEL }, "$(book) ppl 8.21"],
    ["names the portable backend", { model: MODEL, backend: PORTABLE }, "$(book) ppl 8.21 · portable"],
    ["shows that suggestions are off", { model: MODEL, isEnabled: false }, "$(circle-slash) ppl 8.21"],
    ["shows a failure beside the model that is there", { model: MODEL, failure: FAILURE }, "$(warning) ppl 8.21"],
    ["shows a failure without a model", { failure: FAILURE }, "$(warning) Inkling: failed"],
    ["shows a model that was never measured", { model: { ...MODEL, perplexity: null } }, "$(book) Inkling"],
  ];
  for (const [title, facts, text] of rows) {
    it(title, () => {
      assert.equal(describeStatus(status(facts)).text, text);
    });
  }

  it("warns by colour for failures only", () => {
    assert.equal(describeStatus(status({ model: MODEL, backend: PORTABLE })).severity, "normal");
    assert.equal(describeStatus(status({ failure: FAILURE })).severity, "warning");
    assert.equal(describeStatus(status({ ...TRAINING, failure: FAILURE })).severity, "normal");
  });

  it("trains on a click where there is no model, and opens the dashboard elsewhere", () => {
    assert.equal(describeStatus(status()).command, "inkling.trainWorkspace");
    assert.equal(describeStatus(status({ model: MODEL })).command, "inkling.showDashboard");
    assert.equal(describeStatus(status({ failure: FAILURE })).command, "inkling.showDashboard");
    assert.equal(describeStatus(status(TRAINING)).command, "inkling.showDashboard");
  });

  it("explains the figures in the tooltip", () => {
    const { tooltip } = describeStatus(
      status({ model: MODEL, validation: evaluationPoint(), corpus: CORPUS, backend: PORTABLE }),
    );
    assert.match(tooltip, /Validation perplexity \| 8\.21 over 14,208 tokens/);
    assert.match(tooltip, /Bits per byte \| 0\.707/);
    assert.match(tooltip, /left out for secrets: 3 files, 3 lines/);
    assert.match(tooltip, /portable backend/);
    assert.match(tooltip, /No \\\*Python\\\* was found\./);
  });
});

describe("progressMessage", () => {
  it("shows perplexity, speed and share", () => {
    const running = status({
      ...TRAINING,
      progress: progressPoint(),
      validation: evaluationPoint({ nats: 14_208 * Math.log(12.34) }),
    });
    assert.equal(progressMessage(running), "perplexity 12.3 · 14,000 tokens/s · 44 %");
  });

  it("marks the training perplexity as such", () => {
    assert.match(progressMessage(status({ ...TRAINING, progress: progressPoint() })), /^training perplexity 20\.0 · /);
  });

  it("names the phase before the first step", () => {
    assert.equal(progressMessage(status({ activity: "training", phase: "tokenizer" })), "cutting text into tokens");
  });
});
