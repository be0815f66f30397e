import assert from "node:assert/strict";
import { comparisonChart } from "../../../src/dashboard/comparisonChart.ts";
import { comparisonModel } from "../../../src/dashboard/comparisonModel.ts";
import { dashboardModel } from "../../../src/dashboard/dashboardModel.ts";
import { applyUpdate, restoreShown } from "../../../src/dashboard/shownState.ts";
import type { ComparisonView } from "../../../src/protocol/comparisonView.ts";
import { CORPUS, evaluationPoint, history, MODEL, progressPoint, status, USAGE } from "../extension/samplePoints.ts";
import { gradientView } from "../../support/sampleGradients.ts";

const RUN = history({
  budgetSeconds: 120,
  clipNorm: 1,
  progress: [progressPoint({ elapsedSeconds: 60 })],
  evaluations: [evaluationPoint()],
});
const LEARNT = {
  model: MODEL,
  corpus: CORPUS,
  progress: progressPoint({ elapsedSeconds: 60 }),
  validation: evaluationPoint(),
};

function figure(id: string, model = dashboardModel(status(LEARNT), RUN)): string {
  const found = model.figures.find((one) => one.id === id);
  return found === undefined ? "missing" : `${found.value} ${found.unit} ${found.note}`.replace(/ +/g, " ");
}

describe("dashboardModel", () => {
  it("shows figures with what they rest on", () => {
    assert.equal(figure("perplexity"), "8.21 over 14,208 tokens");
    assert.equal(figure("bitsPerByte"), "0.707 over 61.0 kB held out");
    assert.equal(figure("trainingPerplexity"), "20.0 step 10");
    assert.equal(figure("clipped"), "100 % median 2.00, limit 1.00");
    assert.equal(figure("recurrentNorm"), "missing");
    const told = { ...RUN, evaluations: [evaluationPoint({ recurrentNorm: 3.14159 }), evaluationPoint()] };
    assert.match(figure("recurrentNorm", dashboardModel(status(LEARNT), told)), /^3\.14 largest singular value/u);
    assert.equal(figure("speed"), "14,000 tokens/s 10.2 k tokens trained on");
  });

  it("shows the best measurement while the newest is worse, and names both", () => {
    const worse = evaluationPoint({ step: 20, nats: 14_208 * Math.log(9.5) });
    const run = { ...RUN, evaluations: [evaluationPoint(), worse] };
    const model = dashboardModel(status({ ...LEARNT, validation: worse, bestValidation: evaluationPoint() }), run);
    assert.equal(figure("perplexity", model), "8.21 best so far, over 14,208 tokens; newest 9.50");
    assert.equal(figure("bitsPerByte", model), "0.707 over 61.0 kB held out");
    assert.deepEqual(
      model.evaluations.map((row) => row.at(-1)),
      ["", "kept"],
    );
  });

  it("tells a final measurement from those on the way", () => {
    const corpus = { ...CORPUS, validationTokens: 200_000 };
    const final = evaluationPoint({ tokens: 110_880, nats: 110_880 * Math.log(9), isFinal: true });
    const run = { ...RUN, evaluations: [evaluationPoint(), final] };
    const model = dashboardModel(status({ ...LEARNT, corpus, validation: final, bestValidation: final }), run);
    assert.equal(figure("perplexity", model), "9.00 final, over 110,880 of 200,000 held-out tokens");
    assert.deepEqual(
      model.evaluations.map((row) => row.at(-1)),
      ["final", ""],
    );
  });

  it("tells how long training goes on", () => {
    const { headline, detail, fraction, buttons } = dashboardModel(
      status({ ...LEARNT, activity: "training", phase: "training", fraction: 0.5 }),
      RUN,
    );
    assert.deepEqual([headline, detail, fraction], ["Training", "50 % · 1 min trained · 1 min left", 0.5]);
    assert.deepEqual(
      buttons.map(({ action }) => action),
      ["pause", "cancel"],
    );
  });

  it("offers to resume a run that stands still, or is about to", () => {
    const paused = dashboardModel(status({ ...LEARNT, activity: "paused", fraction: 0.5 }), RUN);
    assert.deepEqual(
      [paused.headline, paused.detail],
      ["Paused", "50 % · 1 min trained · 1 min left · the budget does not run on"],
    );
    const pausing = dashboardModel(status({ ...LEARNT, activity: "pausing", fraction: 0.5 }), RUN);
    assert.equal(pausing.headline, "Pausing");
    for (const { buttons } of [paused, pausing]) {
      assert.deepEqual(
        buttons.map(({ action }) => action),
        ["resume", "cancel"],
      );
    }
  });

  it("names the phase before the first step", () => {
    assert.equal(
      dashboardModel(status({ activity: "training", phase: "corpus" }), history()).detail,
      "Reading the workspace…",
    );
  });

  it("names the phase after the last step, and how far it is", () => {
    const ending = { ...LEARNT, activity: "training", fraction: 0.98 } as const;
    const detail = (facts: object): string => dashboardModel(status({ ...ending, ...facts }), RUN).detail;
    assert.equal(detail({ phase: "measuring", phaseFraction: 0.4 }), "Measuring… 40 %");
    assert.equal(detail({ phase: "fitting", phaseFraction: 0.1 }), "Learning how far to trust it… 10 %");
    assert.equal(detail({ phase: "saving" }), "Saving…");
  });

  it("shows what a step takes where that was measured", () => {
    const stepRows = (usage: typeof USAGE | null) =>
      dashboardModel(status({ ...LEARNT, usage }), RUN).facts.find(({ title }) => title === "A step")?.rows;
    assert.equal(stepRows(null), undefined);
    assert.equal(new Map(stepRows(USAGE)).get("Backward"), "120 ms, 60 %");
    assert.equal(new Map(stepRows(USAGE)).get("Utilisation"), "75 % of 2 threads");
  });

  it("offers no training while the model that is there is read", () => {
    const { headline, buttons, empty } = dashboardModel(status({ isLoading: true }), history());
    assert.deepEqual([headline, buttons, empty?.button], ["Loading", [], null]);
  });

  it("calls training as the commands do", () => {
    assert.deepEqual(
      dashboardModel(status(LEARNT), RUN).buttons.map(({ label }) => label),
      ["Train LM on workspace", "Continue training", "Sample", "Report"],
    );
  });

  it("takes the time of a run from the last that was told of it", () => {
    const run = { ...RUN, evaluations: [evaluationPoint({ elapsedSeconds: 75, isFinal: true })] };
    const facts = dashboardModel(status(LEARNT), run).facts.find(({ title }) => title === "Run");
    assert.equal(new Map(facts?.rows).get("Time"), "1 min 15 s");
  });

  it("offers nothing while it stops", () => {
    assert.deepEqual(dashboardModel(status({ ...LEARNT, activity: "cancelling" }), RUN).buttons, []);
  });

  for (const [title, facts, action] of [
    ["a folder where none is open", { hasWorkspace: false }, "openFolder"],
    ["training where there is no model", {}, "train"],
    ["going on where a model has no curves", { model: MODEL }, "continue"],
    ["nothing while the first run begins", { activity: "training", phase: "corpus" }, undefined],
  ] as const) {
    it(`offers ${title}`, () => {
      const { empty } = dashboardModel(status(facts), history());
      assert.ok(empty !== null);
      assert.equal(empty.button?.action, action);
    });
  }

  it("has no empty state once there are curves", () => {
    assert.equal(dashboardModel(status(LEARNT), RUN).empty, null);
  });

  it("shows a failure with its buttons, and why a backend is slow", () => {
    const { alerts } = dashboardModel(
      status({
        ...LEARNT,
        failure: { code: "engineDied", severity: "error", text: "It died.", actions: ["trainAgain", "showLog"] },
        backend: { backend: "portable", device: "cpu", tensorflow: null, reasons: ["no Python", "No GPU."] },
      }),
      RUN,
    );
    assert.deepEqual(
      alerts.map(({ severity, text }) => [severity, text]),
      [
        ["error", "It died."],
        ["information", "Training uses the portable backend, which is slower than TensorFlow. No Python. No GPU."],
      ],
    );
    assert.deepEqual(
      alerts[0]?.buttons.map(({ label }) => label),
      ["Train Again", "Show Log"],
    );
  });

  it("tells what was left out of the corpus", () => {
    const corpus = dashboardModel(status(LEARNT), RUN).facts.find(({ title }) => title === "Corpus");
    const rows = new Map(corpus?.rows);
    assert.equal(rows.get("Learnt from"), "335 files, 2.41 MB");
    assert.equal(rows.get("Left out for secrets"), "3 files, 3 lines");
    assert.equal(rows.get("Binary"), "4 files");
    assert.equal(rows.has("Too large"), false);
  });
});

/** A comparison under way, its first model scored. */
const COMPARISON: ComparisonView = {
  startedEpochMs: 1,
  models: ["kn5", "lstm"],
  budgetSeconds: 60,
  state: "running",
  current: { model: "lstm", fraction: 0.5 },
  rows: [
    {
      model: "kn5",
      parameters: 1000,
      seconds: 0.5,
      tokensPerSecond: 900_000,
      perplexity: 30,
      bitsPerByte: 1.5,
      top1: 0.25,
      tokens: 2000,
      bytes: 6000,
    },
  ],
  curves: [
    {
      model: "rnn",
      points: [
        { seconds: 10, perplexity: 90 },
        { seconds: 20, perplexity: 60 },
      ],
    },
    { model: "lstm", points: [{ seconds: 15, perplexity: 50 }] },
  ],
  samples: [],
  problem: null,
};

describe("comparisonChart", () => {
  it("has a column for each network at the times of all", () => {
    const chart = comparisonChart(["rnn", "lstm"]);
    assert.deepEqual(chart.columns(COMPARISON), [
      [10, 15, 20],
      [90, null, 60],
      [null, 50, null],
    ]);
    assert.equal(chart.describe(COMPARISON), "rnn: 60.0 at the end; lstm: 50.0 at the end");
  });

  it("tells more networks apart than there are colours", () => {
    const { series } = comparisonChart(["a", "b", "c", "d", "e", "f"]);
    assert.equal(new Set(series.map(({ colour, kind }) => `${colour} ${kind}`)).size, 6);
  });
});

describe("comparisonModel", () => {
  it("shows how far it is, with a row for each model that was scored", () => {
    const { detail, rows, buttons, best } = comparisonModel(COMPARISON);
    assert.equal(detail, "Comparing models, 2 of 2: lstm 50 %");
    assert.deepEqual(rows, [["kn5", "1,000", "0.5", "900,000", "30.0", "1.50", "25 %"]]);
    assert.deepEqual(
      buttons.map(({ action }) => action),
      ["cancelComparison"],
    );
    assert.equal(best, null);
  });

  it("shows the model with the fewest bits, and what was scored, when it is done", () => {
    const [kn5] = COMPARISON.rows;
    assert.ok(kn5 !== undefined);
    const endless = { ...kn5, model: "ml3", perplexity: null, bitsPerByte: null };
    const rows = [kn5, endless, { ...kn5, model: "lstm", bitsPerByte: 1.25, top1: null }];
    const model = comparisonModel({ ...COMPARISON, state: "done", current: null, rows });
    assert.equal(
      model.detail,
      "60 seconds for each network. Scored on 2,000 tokens, 6,000 bytes, networks as they were where their curve is lowest.",
    );
    assert.equal(model.best, 2);
    assert.deepEqual(model.rows[1]?.slice(4), ["–", "–", "25 %"]);
    assert.equal(model.rows[2]?.[6], "–");
  });

  it("says why it ended early", () => {
    const detail = (state: ComparisonView["state"], problem: string | null): string =>
      comparisonModel({ ...COMPARISON, state, problem }).detail;
    assert.equal(detail("cancelled", null), "Cancelled after 1 of 2 models. Scored on 2,000 tokens, 6,000 bytes.");
    assert.equal(detail("failed", "The disk is full."), "Ended after 1 of 2 models: The disk is full.");
  });
});

describe("What the page keeps", () => {
  const shown = { status: status(LEARNT), history: RUN, comparison: COMPARISON, gradients: gradientView() };

  it("joins points to the run that is shown", () => {
    const next = applyUpdate(shown, { type: "points", progress: [progressPoint({ step: 20 })], evaluations: [] });
    assert.deepEqual(
      next?.history.progress.map(({ step }) => step),
      [10, 20],
    );
  });

  it("leaves points alone that come before the first snapshot", () => {
    assert.equal(applyUpdate(undefined, { type: "points", progress: [], evaluations: [] }), undefined);
  });

  it("comes back from the editor's memory", () => {
    assert.deepEqual(restoreShown(JSON.parse(JSON.stringify(shown))), shown);
  });

  it("takes in how far a comparison is, and keeps it when a run begins", () => {
    const done = { ...COMPARISON, state: "done" as const };
    const next = applyUpdate(shown, { type: "comparison", comparison: done });
    assert.equal(next?.comparison, done);
    assert.equal(applyUpdate(next, { type: "snapshot", status: shown.status, history: RUN })?.comparison, done);
  });

  it("takes in how far a look at gradients is, and keeps it when a run begins", () => {
    const running = gradientView({ state: "running" });
    const next = applyUpdate(shown, { type: "gradients", gradients: running });
    assert.equal(next?.gradients, running);
    assert.equal(applyUpdate(next, { type: "snapshot", status: shown.status, history: RUN })?.gradients, running);
  });

  it("leaves out what of the editor's memory is damaged", () => {
    const { gradients, comparison } = restoreShown({ ...shown, gradients: { rows: 1 }, comparison: [] }) ?? {};
    assert.deepEqual([gradients, comparison], [null, null]);
  });

  for (const kept of [undefined, null, {}, "x", { status: shown.status }]) {
    it(`is nothing where the editor kept ${JSON.stringify(kept)}`, () => {
      assert.equal(restoreShown(kept), undefined);
    });
  }
});
