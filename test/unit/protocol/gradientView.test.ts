import assert from "node:assert/strict";
import { parseDashboardUpdate } from "../../../src/protocol/dashboardMessages.ts";
import { isGradientView, shownGradients } from "../../../src/protocol/gradientView.ts";
import { gradientRow, gradientView } from "../../support/sampleGradients.ts";

describe("The view of a look at gradients", () => {
  const view = gradientView();
  const row = shownGradients(gradientRow());

  it("is taken as it comes out of JSON, in the dashboard's message too", () => {
    const message = { type: "gradients", gradients: view };
    assert.deepEqual(parseDashboardUpdate(JSON.parse(JSON.stringify(message))), message);
    assert.ok(isGradientView(gradientView({ text: null, rows: [], budgetSeconds: null, state: "running" })));
  });

  it("has null for what is not finite, wherever it stands", () => {
    const shown = shownGradients(gradientRow({ lossNats: Infinity, hiddenNorms: [1, NaN] }));
    assert.deepEqual([shown.lossNats, shown.hiddenNorms], [null, [1, null]]);
    assert.ok(isGradientView(gradientView({ rows: [shown] })));
  });

  for (const [title, changes] of [
    ["an unknown state", { state: "asleep" }],
    ["an unknown network", { models: ["transformer"] }],
    ["no place", { place: null }],
    ["a text without its target", { text: { window: "a" } }],
    ["a row of no stage", { rows: [{ ...row, stage: "half" }] }],
    ["a row without norms", { rows: [{ ...row, hiddenNorms: undefined }] }],
    ["a gate of no counts", { rows: [{ ...row, gates: [{ gate: "forget", counts: "many", mean: 0.5 }] }] }],
    ["a singular value of no block", { rows: [{ ...row, singularValues: [{ value: 1 }] }] }],
    ["a training without its histogram", { rows: [{ ...row, training: { ...row.training, histogram: null } }] }],
    ["no problem at all", { problem: undefined }],
  ] as const) {
    it(`is refused with ${title}`, () => {
      assert.equal(isGradientView({ ...view, ...changes }), false);
    });
  }
});
