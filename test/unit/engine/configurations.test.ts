import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PlainValue } from "../../../src/base/plainValue.ts";
import { parseEntrant } from "../../../src/engine/comparison/modelNames.ts";
import { planNetwork } from "../../../src/engine/family/networkPresets.ts";
import { readModelSettings } from "../../../src/protocol/compareValidators.ts";

const folder = join(import.meta.dirname, "../../../configurations");
const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".json"));

describe("The committed configurations", () => {
  it("are there to be looked at", () => {
    assert.ok(paths.length >= 5, `${paths.length} files`);
  });

  for (const path of paths) {
    it(`name models that there are, with settings that make sense (${path})`, () => {
      const root = new PlainValue(JSON.parse(readFileSync(join(folder, path), "utf8")), path);
      assert.ok(root.field("about").string().length > 20);
      const settings = readModelSettings(root.field("settings"));
      const networks = new Set<string>();
      for (const entrant of root.field("models").strings().map(parseEntrant)) {
        if (entrant.kind === "network") {
          networks.add(entrant.network);
        }
      }
      for (const network of [...networks, ...Object.keys(settings)]) {
        assert.ok(networks.has(network), network);
        planNetwork(network, { vocabularySize: 10_001, settings: settings[network] });
      }
    });
  }
});
