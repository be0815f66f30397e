import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

interface CheckResult {
  readonly status: number | null;
  readonly output: string;
}

function checkLayers(root: string): CheckResult {
  const result = spawnSync(process.execPath, [join(repository, "scripts/checkLayers.mjs"), root], { encoding: "utf8" });
  return { status: result.status, output: result.stdout + result.stderr };
}

describe("The check of layers", function () {
  this.timeout(60_000);
  let root = "";

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "inkling-layers-"));
    for (const name of ["layers.json", ".dependency-cruiser.cjs", "tsconfig.json", "package.json"]) {
      cpSync(join(repository, name), join(root, name));
    }
    cpSync(join(repository, "src/base"), join(root, "src/base"), { recursive: true });
    symlinkSync(join(repository, "node_modules"), join(root, "node_modules"));
  });

  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  function plant(path: string, text: string): void {
    const target = join(root, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }

  it("passes on the repository as it is, and counts its modules", () => {
    const { status, output } = checkLayers(repository);
    assert.equal(status, 0, output);
    assert.match(output, /^layers: [1-9]\d+ modules, \d+ imports, 0 violations$/m);
  });

  const violations: readonly {
    readonly title: string;
    readonly rule: string;
    readonly files: Record<string, string>;
  }[] = [
    {
      title: "an arrow from an earlier stage to a later one",
      rule: "layer-tokens",
      files: {
        "src/corpus/planted.ts": "export const planted = 1;\n",
        "src/tokens/planted.ts": 'export { planted } from "../corpus/planted.ts";\n',
      },
    },
    {
      title: "an arrow that only carries a type",
      rule: "layer-base",
      files: {
        "src/corpus/planted.ts": "export interface Planted { readonly x: number }\n",
        "src/base/planted.ts": 'import type { Planted } from "../corpus/planted.ts";\nexport type Other = Planted;\n',
      },
    },
    {
      title: "vscode outside the extension",
      rule: "package-vscode",
      files: { "src/corpus/planted.ts": 'import type { Uri } from "vscode";\nexport type Planted = Uri;\n' },
    },
    {
      title: "TensorFlow's Node binding outside its one file",
      rule: "package-@tensorflow/tfjs-node-gpu",
      files: { "src/engine/planted.ts": 'import "@tensorflow/tfjs-node-gpu";\n' },
    },
    {
      title: "tfjs in a layer that has no tensors",
      rule: "package-@tensorflow/tfjs-core",
      files: { "src/tokens/planted.ts": 'export { add } from "@tensorflow/tfjs-core";\n' },
    },
    {
      title: "one of Node's own modules in a pure layer",
      rule: "node-builtins",
      files: { "src/corpus/planted.ts": 'export { readFileSync } from "node:fs";\n' },
    },
    {
      title: "a package that layers.json does not list",
      rule: "unlisted-package",
      files: { "src/corpus/planted.ts": 'export { default as parse } from "fast-check";\n' },
    },
    {
      title: "a folder that is no layer",
      rule: "unlisted-layer",
      files: { "src/misc/planted.ts": 'import "../base/errors.ts";\n' },
    },
    {
      title: "a cycle",
      rule: "no-cycle",
      files: {
        "src/tokens/left.ts": 'import { right } from "./right.ts";\nexport const left = (): unknown => right;\n',
        "src/tokens/right.ts": 'import { left } from "./left.ts";\nexport const right = (): unknown => left;\n',
      },
    },
  ];

  for (const { title, rule, files } of violations) {
    it(`catches ${title}`, () => {
      for (const [path, text] of Object.entries(files)) {
        plant(path, text);
      }
      const { status, output } = checkLayers(root);
      assert.equal(status, 1, output);
      assert.ok(output.includes(`${rule}: src/`), output);
    });
  }

  it("fails when it sees no module, instead of finding nothing wrong", () => {
    rmSync(join(root, "src"), { recursive: true });
    mkdirSync(join(root, "src"));
    const { status, output } = checkLayers(root);
    assert.equal(status, 1, output);
  });
});
