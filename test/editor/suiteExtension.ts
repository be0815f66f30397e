import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createVSIX } from "@vscode/vsce";
import { build } from "esbuild";

/** The suite as an extension of its own: its folder and its bundle. */
export interface SuiteExtension {
  readonly folder: string;
  readonly main: string;
}

/** Builds the suite that runs in the extension host into a subfolder of `parent`. It starts with the editor. */
export async function buildSuiteExtension(repository: string, parent: string): Promise<SuiteExtension> {
  const folder = join(parent, "suite");
  const main = join(folder, "main.cjs");
  mkdirSync(folder, { recursive: true });
  await build({
    absWorkingDir: repository,
    entryPoints: ["test/editor/suite/main.ts"],
    outfile: main,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    external: ["vscode"],
    logLevel: "error",
  });
  const manifest = {
    name: "inkling-suite",
    publisher: "inkling",
    version: "0.0.0",
    description: "Tests of Inkling that run inside the extension host.",
    engines: { vscode: "^1.100.0" },
    main: "main.cjs",
    activationEvents: ["onStartupFinished"],
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  return { folder, main };
}

/** Packages the suite. Returns the path of the VSIX. */
export async function packageSuiteExtension(repository: string, parent: string): Promise<string> {
  const { folder } = await buildSuiteExtension(repository, parent);
  writeFileSync(join(folder, ".vscodeignore"), "");
  const packagePath = join(parent, "suite.vsix");
  await createVSIX({ cwd: folder, packagePath, dependencies: false, skipLicense: true, allowMissingRepository: true });
  return packagePath;
}
