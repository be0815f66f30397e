import assert from "node:assert/strict";
import { readSettings } from "../../../src/extension/settings.ts";
import { buildTrainJob } from "../../../src/extension/trainJob.ts";

const PARTS = {
  folders: [{ path: "/a/app", name: "app" }],
  unsaved: [{ path: "/a/app/x.ts", text: "draft" }],
  editorExcludes: ["**/.git", "**/node_modules"],
  settings: readSettings((key) => ({ exclude: ["**/*.csv", "**/.git"], "training.seed": 7 })[key]),
  overrides: {},
  out: "/storage/model",
};

describe("buildTrainJob", () => {
  it("joins the excludes of editor and settings, each once", () => {
    assert.deepEqual(buildTrainJob(PARTS).corpus.exclude, ["**/.git", "**/node_modules", "**/*.csv"]);
  });

  it("takes options from the settings", () => {
    assert.deepEqual(buildTrainJob(PARTS).options, {
      budgetSeconds: 120,
      epochs: null,
      cell: "lstm",
      tokenizer: "bpe",
      vocabularySize: null,
      hiddenSize: null,
      layerCount: null,
      backend: "auto",
      seed: 7,
      isResume: false,
    });
  });

  it("lets overrides win", () => {
    const { options } = buildTrainJob({
      ...PARTS,
      overrides: { budgetSeconds: 5, backend: "portable", isContinuing: true },
    });
    assert.equal(options.budgetSeconds, 5);
    assert.equal(options.backend, "portable");
    assert.equal(options.isResume, true);
  });

  it("has no time budget where epochs are asked for", () => {
    const { options } = buildTrainJob({ ...PARTS, overrides: { epochs: 2 } });
    assert.deepEqual([options.budgetSeconds, options.epochs], [null, 2]);
  });

  it("gives folders of one name different names", () => {
    const folders = ["/a/app", "/b/app", "/c/app"].map((path) => ({ path, name: "app" }));
    assert.deepEqual(
      buildTrainJob({ ...PARTS, folders }).folders.map(({ name }) => name),
      ["app", "app 2", "app 3"],
    );
  });

  it("carries the text of unsaved editors", () => {
    assert.deepEqual(buildTrainJob(PARTS).unsaved, PARTS.unsaved);
  });
});
