import assert from "node:assert/strict";
import { InvalidArgumentError } from "commander";
import { DEFAULT_RECIPE, KNOWN_RECIPES, recipeValue } from "../../../src/cli/recipes.ts";
import { settingProblem, type SettingName } from "../../../src/protocol/settingLimits.ts";

describe("recipeValue", () => {
  it("reads sizes and settings behind a name", () => {
    assert.deepEqual(recipeValue("wide:hidden=384,layers=2,vocab=2048,tokenizer=char,clipNorm=5,learningRate=1e-3"), {
      name: "wide",
      hiddenSize: 384,
      layerCount: 2,
      vocabularySize: 2048,
      tokenizer: "char",
      settings: { clipNorm: 5, learningRate: 0.001 },
    });
    assert.deepEqual(recipeValue("same:"), { name: "same", settings: {} });
    assert.deepEqual(recipeValue("plain:matches=no"), { name: "plain", readsMatches: false, settings: {} });
  });

  for (const text of [
    "",
    ":hidden=1",
    "a:b=1",
    "a:hidden",
    "a:hidden=0",
    "a:tokenizer=word",
    "a:matches=perhaps",
    "a:clipNorm=0",
    "a b:hidden=8",
    // A slip of the name of one that is known.
    "charRNN",
  ]) {
    it(`refuses "${text}"`, () => {
      assert.throws(() => recipeValue(text), InvalidArgumentError);
    });
  }
});

describe("The recipes that are tried where none is named", () => {
  it("begin with the default, have names of their own, and settings that may be given", () => {
    assert.equal(KNOWN_RECIPES[0], DEFAULT_RECIPE);
    assert.equal(new Set(KNOWN_RECIPES.map(({ name }) => name)).size, KNOWN_RECIPES.length);
    for (const { settings } of KNOWN_RECIPES) {
      for (const [name, value] of Object.entries(settings)) {
        assert.equal(settingProblem(name as SettingName, value), undefined);
      }
    }
  });
});
