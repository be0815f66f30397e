import assert from "node:assert/strict";
import {
  excludingGlobs,
  isLanguageEnabled,
  parseBudget,
  queryAsSet,
  readSettings,
} from "../../../src/extension/settings.ts";
import type { CompletionQuery } from "../../../src/protocol/predictorMessages.ts";
import { PLAIN_QUERY } from "../../support/plainQuery.ts";

describe("parseBudget", () => {
  for (const [text, seconds] of [
    ["2m", 120],
    ["90s", 90],
    ["120", 120],
    ["1.5m", 90],
    ["1h30m", 5400],
    ["2 min", 120],
    ["1 hour 5 minutes", 3900],
    ["10 sec", 10],
    [" 2M ", 120],
  ] as const) {
    it(`reads \`${text}\` as ${seconds} seconds`, () => {
      assert.equal(parseBudget(text), seconds);
    });
  }

  for (const text of ["", "0", "0s", "soon", "2m soon", "-5s", "m", "2x", "500h"]) {
    it(`refuses \`${text}\``, () => {
      assert.equal(parseBudget(text), undefined);
    });
  }
});

describe("readSettings", () => {
  it("gives the defaults of the manifest where nothing is set", () => {
    const settings = readSettings(() => undefined);
    assert.deepEqual(settings, {
      isEnabled: true,
      languages: {},
      eagerness: null,
      multiline: "off",
      isWantedInComments: true,
      isWantedInStrings: true,
      include: [],
      exclude: [],
      isGitignoreHonoured: true,
      maxFileBytes: 5_000_000,
      budgetSeconds: 120,
      backend: "auto",
      cell: "lstm",
      tokenizer: "bpe",
      vocabularySize: null,
      hiddenSize: null,
      layerCount: null,
      seed: 1,
      trainingMode: "fullSpeed",
      isTrainedWhenIdle: false,
      tensorflowPath: null,
      problems: [],
    });
  });

  it("takes what is set", () => {
    const values: Record<string, unknown> = {
      "training.budget": "10m",
      "training.backend": "portable",
      "training.tokenizer": "char",
      "training.hiddenSize": 256,
      "training.mode": "background",
      "training.whenIdle": true,
      "tensorflow.path": " /opt/tf ",
      exclude: ["**/*.csv", " "],
      maxFileSizeKB: 20,
    };
    const settings = readSettings((key) => values[key]);
    assert.equal(settings.budgetSeconds, 600);
    assert.equal(settings.backend, "portable");
    assert.equal(settings.tokenizer, "char");
    assert.equal(settings.hiddenSize, 256);
    assert.deepEqual([settings.trainingMode, settings.isTrainedWhenIdle], ["background", true]);
    assert.equal(settings.tensorflowPath, "/opt/tf");
    assert.deepEqual(settings.exclude, ["**/*.csv"]);
    assert.equal(settings.maxFileBytes, 20_000);
  });

  for (const [key, value] of [
    ["training.budget", "soon"],
    ["training.budget", 5],
    ["training.backend", "cuda"],
    ["training.hiddenSize", 3],
    ["training.layers", 1.5],
    ["training.mode", "slow"],
    ["training.whenIdle", "always"],
    ["include", "src/**"],
    ["enabled", "yes"],
    ["languages", ["markdown"]],
    ["eagerness", 1.5],
    ["eagerness", "often"],
    ["inComments", "never"],
    ["inStrings", 0],
  ] as const) {
    it(`reports ${JSON.stringify(value)} for ${key} and goes on with the default`, () => {
      const settings = readSettings((asked) => (asked === key ? value : undefined));
      assert.equal(settings.problems.length, 1);
      assert.match(settings.problems[0] ?? "", new RegExp(`inkling\\.${key.replace(".", "\\.")} should be`));
      assert.deepEqual(
        { ...settings, problems: [] },
        readSettings(() => undefined),
      );
    });
  }
});

describe("queryAsSet", () => {
  const asSet = (values: Readonly<Record<string, unknown>>): CompletionQuery =>
    queryAsSet(
      PLAIN_QUERY,
      readSettings((key) => values[key]),
    );

  it("leaves a query as it is where nothing is set", () => {
    assert.deepEqual(asSet({}), PLAIN_QUERY);
    assert.deepEqual(asSet({ inComments: true, inStrings: true }), PLAIN_QUERY);
  });

  it("says how eager to be, and where to be silent", () => {
    assert.deepEqual(asSet({ eagerness: 0.2, inComments: false }), {
      ...PLAIN_QUERY,
      eagerness: 0.2,
      silentIn: ["comment"],
    });
    assert.deepEqual(asSet({ inStrings: false }), { ...PLAIN_QUERY, silentIn: ["string"] });
    assert.deepEqual(asSet({ inComments: false, inStrings: false }), {
      ...PLAIN_QUERY,
      silentIn: ["comment", "string"],
    });
  });
});

describe("isLanguageEnabled", () => {
  it("prefers the language's own entry, then the star, then yes", () => {
    assert.equal(isLanguageEnabled({}, "rust"), true);
    assert.equal(isLanguageEnabled({ "*": false }, "rust"), false);
    assert.equal(isLanguageEnabled({ "*": false, rust: true }, "rust"), true);
    assert.equal(isLanguageEnabled({ "*": true, markdown: false }, "markdown"), false);
  });
});

describe("excludingGlobs", () => {
  it("takes only what is switched on without a condition", () => {
    const setting = { "**/.git": true, "**/*.js": { when: "$(basename).ts" }, "**/keep": false };
    assert.deepEqual(excludingGlobs(setting), ["**/.git"]);
  });

  it("takes nothing from what is no object", () => {
    assert.deepEqual(excludingGlobs(null), []);
    assert.deepEqual(excludingGlobs("**"), []);
  });
});
