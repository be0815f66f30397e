import assert from "node:assert/strict";
import { describeStatus, progressMessage } from "../../../src/extension/statusText.ts";
import type { InklingStatus } from "../../../src/protocol/dashboardMessages.ts";
import type { BackendDescription } from "../../../src/protocol/backendDescription.ts";
import { CORPUS, evaluationPoint, GPU_USAGE, MODEL, progressPoint, status, USAGE } from "./samplePoints.ts";

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
/** Of a model that learnt by heart after its best measurement. */
const WORSE = evaluationPoint({ step: 900, nats: 14_208 * Math.log(9.5), isBest: false });
const COUNTS: InklingStatus["counts"] = {
  fileCount: 335,
  textBytes: 2_410_000,
  tokenCount: 900_000,
  vocabularySize: 1024,
};
const TRAINING = { activity: "training", phase: "training", fraction: 0.437 } as const;

const ENDING = { ...TRAINING, fraction: 0.98, progress: progressPoint() } as const;
const FINAL = evaluationPoint({ isFinal: true });

describe("describeStatus", () => {
  const rows: readonly (readonly [string, Partial<InklingStatus>, string])[] = [
    ["offers to train where there is no model", {}, "$(book) Inkling: train"],
    [
      "says how much of the workspace is counted",
      { counting: { fraction: 0.408 } },
      "$(sync~spin) Inkling: counting 40%",
    ],
    [
      "does not offer to train while the model that is there is read",
      { isLoading: true, counting: { fraction: 0.4 } },
      "$(sync~spin) Inkling: loading",
    ],
    ["offers to train once all is counted", { counts: COUNTS }, "$(book) Inkling: train"],
    [
      "says nothing of counting where there is a model",
      { model: MODEL, counting: { fraction: 0.4 } },
      "$(book) ppl 8.21",
    ],
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
      "shows the validation perplexity once it is known, and that of the training live",
      { ...TRAINING, progress: progressPoint(), validation: evaluationPoint(), bestValidation: evaluationPoint() },
      "$(sync~spin) ppl 8.21 · training 20.0 43%",
    ],
    [
      "shows the best perplexity while newer ones are worse",
      { ...TRAINING, progress: progressPoint(), validation: WORSE, bestValidation: evaluationPoint() },
      "$(sync~spin) best ppl 8.21 · training 20.0 43%",
    ],
    [
      "names the phase after the last step, and how far it is",
      { ...ENDING, phase: "measuring", phaseFraction: 0.408, bestValidation: evaluationPoint() },
      "$(sync~spin) ppl 8.21 · measuring 40%",
    ],
    [
      "calls the last perplexity final",
      { ...ENDING, phase: "fitting", phaseFraction: 0.1, bestValidation: FINAL },
      "$(sync~spin) final ppl 8.21 · learning how far to trust it 10%",
    ],
    [
      "leaves out how far a phase is that does not tell",
      { ...ENDING, phase: "saving", bestValidation: FINAL },
      "$(sync~spin) final ppl 8.21 · saving",
    ],
    [
      "names the phase where nothing is held out",
      { ...ENDING, phase: "saving" },
      "$(sync~spin) training ppl 20.0 · saving",
    ],
    ["calls the perplexity of a model final that is", { model: MODEL, validation: FINAL }, "$(book) final ppl 8.21"],
    [
      "calls no perplexity final that is another model's",
      { model: { ...MODEL, perplexity: 9 }, validation: FINAL },
      "$(book) ppl 9.00",
    ],
    ["says that it stops", { ...TRAINING, activity: "cancelling", progress: progressPoint() }, "$(sync~spin) stopping"],
    ["says that it comes to a standstill", { ...ENDING, activity: "pausing" }, "$(sync~spin) pausing"],
    ["says that it stands still", { ...TRAINING, activity: "paused" }, "$(debug-pause) paused 43%"],
    [
      "shows the perplexity of a run that stands still",
      { ...TRAINING, activity: "paused", progress: progressPoint(), bestValidation: evaluationPoint() },
      "$(debug-pause) paused · ppl 8.21 43%",
    ],
    ["shows the perplexity of the model", { model: MODEL }, "$(book) ppl 8.21"],
    ["names the portable backend", { model: MODEL, backend: PORTABLE }, "$(book) ppl 8.21 · portable"],
    ["shows that suggestions are off", { model: MODEL, isEnabled: false }, "$(circle-slash) Inkling: off"],
    ["shows that suggestions are off without a model too", { isEnabled: false }, "$(circle-slash) Inkling: off"],
    [
      "shows a training that runs while suggestions are off",
      { ...TRAINING, progress: progressPoint(), isEnabled: false },
      "$(sync~spin) training ppl 20.0 43%",
    ],
    ["shows a failure beside the model that is there", { model: MODEL, failure: FAILURE }, "$(warning) ppl 8.21"],
    ["shows a failure without a model", { failure: FAILURE }, "$(warning) Inkling: failed"],
    ["shows a model that was never measured", { model: { ...MODEL, perplexity: null } }, "$(book) Inkling"],
  ];
  it("tells in the tooltip that suggestions come from counts, and of how many files", () => {
    const { tooltip } = describeStatus(status({ counts: COUNTS }));
    assert.match(tooltip, /suggestions from counts, no model yet/);
    assert.match(tooltip, /\| Counts \| of 335 files, 2\.41 MB \|/);
  });

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
    assert.equal(describeStatus(status({ isLoading: true })).command, "inkling.showDashboard");
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

describe("describeStatus's tooltip", () => {
  it("has the GPU as it is while steps run on it, and otherwise none", () => {
    const usage = { ...USAGE, gpus: [GPU_USAGE] };
    const row = "| GPU | NVIDIA L4, driver 550.54.15, memory 1.26 GB of 24.2 GB, 87 % utilised |";
    assert.ok(describeStatus(status({ ...TRAINING, usage })).tooltip.includes(row));
    assert.doesNotMatch(describeStatus(status({ model: MODEL, usage })).tooltip, /GPU/);
    assert.doesNotMatch(describeStatus(status({ ...TRAINING, usage: USAGE })).tooltip, /GPU/);
  });

  it("tells the best perplexity and the newest apart", () => {
    const { tooltip } = describeStatus(
      status({ ...TRAINING, progress: progressPoint(), validation: WORSE, bestValidation: evaluationPoint() }),
    );
    assert.match(tooltip, /Best validation perplexity \| 8\.21 over 14,208 tokens, at step 10/);
    assert.match(tooltip, /Newest \| 9\.50, at step 900/);
    assert.match(tooltip, /Bits per byte \| 0\.707/);
  });

  it("tells a final perplexity from one on the way", () => {
    const point = evaluationPoint();
    const running = status({ ...TRAINING, progress: progressPoint(), validation: point, bestValidation: point });
    assert.match(describeStatus(running).tooltip, /Validation perplexity so far \| 8\.21 over 14,208 tokens/);
    const final = evaluationPoint({ isFinal: true });
    const ended = status({ model: MODEL, validation: final, bestValidation: final, corpus: CORPUS });
    assert.match(
      describeStatus(ended).tooltip,
      /Validation perplexity \| 8\.21, final, over 14,208 of 92,108 held-out tokens/,
    );
  });

  it("links to the command that switches suggestions on while they are off", () => {
    const off = describeStatus(status({ model: MODEL, isEnabled: false })).tooltip;
    assert.match(off, /\[Switch suggestions on\]\(command:inkling\.toggleSuggestions\)/);
    assert.doesNotMatch(describeStatus(status({ model: MODEL })).tooltip, /command:/);
  });
});

describe("The links of the tooltip", () => {
  for (const [activity, links] of [
    ["training", ["Pause training](command:inkling.pauseTraining"]],
    ["pausing", ["Resume training](command:inkling.resumeTraining"]],
    ["paused", ["Resume training](command:inkling.resumeTraining"]],
    ["cancelling", []],
    ["idle", []],
  ] as const) {
    it(`are those that can be followed while it is ${activity}`, () => {
      const { tooltip } = describeStatus(status({ ...TRAINING, activity }));
      assert.deepEqual(
        [...tooltip.matchAll(/\[([^\]]*\]\(command:[^)]*)\)/g)].map((match) => match[1]),
        links,
      );
    });
  }
});

describe("progressMessage", () => {
  it("says that a run stands still, and how far it is", () => {
    const paused = { ...TRAINING, activity: "paused", bestValidation: evaluationPoint() } as const;
    assert.equal(progressMessage(status(paused)), "paused · perplexity 8.21 · 44 %");
    assert.equal(progressMessage(status({ ...TRAINING, activity: "pausing" })), "pausing at the next step");
  });

  it("shows perplexity, speed and share", () => {
    const validation = evaluationPoint({ nats: 14_208 * Math.log(12.34) });
    const running = status({ ...TRAINING, progress: progressPoint(), validation, bestValidation: validation });
    assert.equal(progressMessage(running), "perplexity 12.3 · training 20.0 · 14,000 tokens/s · 44 %");
  });

  it("names the phases after the last step", () => {
    const ending = status({ ...ENDING, bestValidation: FINAL, phase: "fitting", phaseFraction: 0.4 });
    assert.equal(progressMessage(ending), "final perplexity 8.21 · learning how far to trust it · 40 %");
    assert.equal(
      progressMessage({ ...ending, phase: "saving", phaseFraction: null }),
      "final perplexity 8.21 · saving",
    );
  });

  it("shows the best perplexity, as such, while newer ones are worse", () => {
    const running = { ...TRAINING, progress: progressPoint(), validation: WORSE, bestValidation: evaluationPoint() };
    assert.match(progressMessage(status(running)), /^best perplexity 8\.21 · /);
  });

  it("marks the training perplexity as such", () => {
    assert.match(progressMessage(status({ ...TRAINING, progress: progressPoint() })), /^training perplexity 20\.0 · /);
  });

  it("names the phase before the first step", () => {
    assert.equal(progressMessage(status({ activity: "training", phase: "tokenizer" })), "cutting text into tokens");
  });
});
