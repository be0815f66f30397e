import assert from "node:assert/strict";
import { NETWORK_COLOURS } from "../../../src/dashboard/chartSpecs.ts";
import { clippingCharts, flowCharts, gateCharts } from "../../../src/dashboard/laboratoryCharts.ts";
import { laboratoryModel } from "../../../src/dashboard/laboratoryModel.ts";
import type { GradientView } from "../../../src/protocol/gradientView.ts";
import { gradientView } from "../../support/sampleGradients.ts";

const VIEW = gradientView();
const UNTRAINED = gradientView({ budgetSeconds: null, rows: VIEW.rows.filter(({ training }) => training === null) });

describe("The laboratory's charts of the way back", () => {
  it("have a line for each network and one for the cell, over steps back", () => {
    const [untrained, trained] = flowCharts(VIEW);
    assert.ok(untrained !== undefined && trained !== undefined);
    assert.deepEqual(
      untrained.series.map(({ name, colour, kind }) => `${name} ${colour} ${kind}`),
      ["rnn training line", "lstm validation line", "lstm, cell validation level"],
    );
    assert.deepEqual(untrained.columns(VIEW)[0], [0, 1, 2, 3]);
    assert.deepEqual(untrained.columns(VIEW)[3], [0.4, 0.3, 0.2, 0.1]);
    assert.deepEqual([untrained.isLogarithmic, untrained.width, trained.width], [true, "half", "half"]);
    assert.match(
      untrained.describe(VIEW),
      /lstm: 0\.500 at the last step, 1\.0e-12 3 steps back, times 0\.500 a step/u,
    );
    assert.equal(untrained.axis?.place(1), "1 step back");
  });

  it("are one, as wide as the page, where nothing was trained, and none where nothing was looked at", () => {
    assert.deepEqual(
      flowCharts(UNTRAINED).map(({ width }) => width),
      ["whole"],
    );
    assert.deepEqual(flowCharts(gradientView({ rows: [] })), []);
  });

  it("leave out norms that a logarithm has no place for", () => {
    const [first] = UNTRAINED.rows;
    assert.ok(first !== undefined);
    const vanished = gradientView({ rows: [{ ...first, hiddenNorms: [0.5, 0, null] }] });
    assert.deepEqual(flowCharts(vanished)[0]?.columns(vanished), [
      [0, 1, 2],
      [0.5, null, null],
    ]);
  });
});

describe("The laboratory's histograms", () => {
  it("have every gate of every stage, from shut to open", () => {
    const charts = gateCharts(VIEW);
    assert.deepEqual(
      charts.map(({ title, unit, colour }) => `${title} ${unit} ${colour}`),
      ["lstm: forget gate untrained validation", "lstm: forget gate trained validation"],
    );
    const picture = charts[0]?.picture(VIEW);
    assert.deepEqual(picture?.histogram, { bounds: [0, 1 / 3, 2 / 3, 1], counts: [0, 1, 3] });
    assert.deepEqual(picture.values, ["0.750"]);
    assert.match(picture.label, /forget gate of lstm, untrained.*mean 0\.750/u);
  });

  it("show norms before and after clipping, and how they spread, of what was trained", () => {
    const [norms, rnn] = clippingCharts(VIEW);
    assert.ok(norms !== undefined && "columns" in norms && rnn !== undefined && "picture" in rnn);
    assert.deepEqual(
      norms.series.map(({ name }) => name),
      ["rnn", "rnn, clipped", "lstm", "lstm, clipped"],
    );
    assert.deepEqual(norms.columns(VIEW).slice(0, 3), [
      [0.5, 1.5, 2.5],
      [0.5, 2, 3],
      [0.5, 1, 1],
    ]);
    assert.match(norms.describe(VIEW), /rnn: 25 % of 3 steps clipped to 1\.00/u);
    const { thresholdPlace, values } = rnn.picture(VIEW);
    assert.equal(thresholdPlace, 0.5);
    assert.deepEqual(values, ["0.500", "3.00", "1.00"]);
    assert.equal(rnn.colour, NETWORK_COLOURS[0]);
    assert.deepEqual(clippingCharts(UNTRAINED), []);
  });
});

describe("laboratoryModel", () => {
  function actions(view: GradientView | null): readonly string[] {
    return laboratoryModel(view).buttons.map(({ action }) => action);
  }

  it("says what it is for and how to begin where there was no look yet", () => {
    const { detail, reading, figures, clipping } = laboratoryModel(null);
    assert.match(detail, /^How the gradient of one loss fades/u);
    assert.deepEqual([reading, figures, clipping], [null, null, null]);
    assert.deepEqual(actions(null), ["inspectGradients"]);
  });

  it("shows the figures of every network and stage, and what was read", () => {
    const { detail, figures, clipping, reading } = laboratoryModel(VIEW);
    assert.ok(figures !== null && clipping !== null && reading !== null);
    assert.equal(detail, "On a.txt, untrained and after 5 seconds of training.");
    const singular = "all\u00a01.50";
    assert.deepEqual(figures.rows[3], ["lstm, trained", "2.50", "0.500", "1.0e-12", "× 0.500", "× 0.800", singular]);
    assert.deepEqual(clipping.rows[0], ["rnn", "5.0", "3", "40.0", "1.00", "25 %"]);
    assert.equal(figures.heads.length, figures.rows[0]?.length);
    assert.equal(clipping.heads.length, clipping.rows[0].length);
    assert.deepEqual([reading.window, reading.target], ["let x =", " 1"]);
    assert.match(reading.measured, /the same 4 tokens/u);
    assert.equal(laboratoryModel({ ...VIEW, text: { window: "x", target: "" } }).reading?.target, "(end)");
    assert.deepEqual(actions(VIEW), ["inspectGradients"]);
  });

  it("says how far it is, and offers to cancel", () => {
    const running = gradientView({ state: "running", current: { model: "lstm", fraction: 0.5 }, rows: [] });
    assert.equal(laboratoryModel(running).detail, "Inspecting gradients, 1 of 2: lstm 50 %");
    assert.equal(laboratoryModel({ ...running, state: "cancelling" }).detail, "Stopping the look at gradients…");
    assert.deepEqual([actions(running), actions({ ...running, state: "cancelling" })], [["cancelGradients"], []]);
  });

  it("says why it ended early, and what a person should know of one that did not", () => {
    const detail = (facts: Partial<GradientView>): string => laboratoryModel(gradientView(facts)).detail;
    assert.equal(detail({ state: "cancelled", rows: VIEW.rows.slice(0, 2) }), "Cancelled after 1 network of 2.");
    assert.equal(
      detail({ state: "failed", problem: "The disk is full." }),
      "Ended after 2 networks of 2: The disk is full.",
    );
    assert.equal(detail({ budgetSeconds: null, problem: "It exploded." }), "On a.txt, untrained. It exploded.");
  });
});
