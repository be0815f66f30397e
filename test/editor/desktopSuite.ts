// Runs the suite of test/editor/suite in a desktop VS Code: one that is installed, or one that is downloaded.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { downloadAndUnzipVSCode, resolveCliArgsFromVSCodeExecutablePath, runTests } from "@vscode/test-electron";
import { cacheDirectory } from "../../scripts/lib/cacheDirectory.mjs";
import { createProfile } from "../../scripts/lib/embeddedEditor.mjs";
import { Processes } from "../../scripts/lib/processes.mjs";
import { repository, requiredVsix } from "./editorSession.ts";
import { reportHostResults } from "./reportHostResults.ts";
import { SampleWorkspace } from "./sampleWorkspace.ts";
import type { HostResults } from "./suite/hostResults.ts";
import { buildSuiteExtension } from "./suiteExtension.ts";

const processes = new Processes();
processes.endOnSignals();
const folder = mkdtempSync(join(tmpdir(), "inkling-desktop-"));
const workspace = new SampleWorkspace();
const cache = cacheDirectory();
try {
  const executable =
    process.env["INKLING_VSCODE"] ??
    (await downloadAndUnzipVSCode({ version: "stable", cachePath: join(cache, "desktop-editor") }));
  const { userData, extensions } = createProfile(join(folder, "profile"));
  const profile = [`--user-data-dir=${userData}`, `--extensions-dir=${extensions}`];
  const [command, ...cliArguments] = resolveCliArgsFromVSCodeExecutablePath(executable, { reuseMachineInstall: true });
  if (command === undefined) {
    throw new Error(`${executable} is no VS Code.`);
  }
  await processes.run(command, [...cliArguments, ...profile, "--install-extension", requiredVsix(), "--force"]);
  const results = join(folder, "results.json");
  const suite = await buildSuiteExtension(repository, folder);
  await runTests({
    vscodeExecutablePath: executable,
    reuseMachineInstall: true,
    extensionDevelopmentPath: suite.folder,
    extensionTestsPath: suite.main,
    extensionTestsEnv: { INKLING_CACHE: cache, INKLING_HOST_RESULTS: results },
    launchArgs: [workspace.folder, ...profile, "--disable-workspace-trust", "--disable-updates", "--no-sandbox"],
  }).catch((error: unknown) => console.error(String(error)));
  if (!existsSync(results)) {
    throw new Error(`${executable} ended before the suite reported; on a machine without a screen, use xvfb-run.`);
  }
  reportHostResults(JSON.parse(readFileSync(results, "utf8")) as HostResults);
} finally {
  await processes.endAll();
  workspace.dispose();
  rmSync(folder, { recursive: true, force: true });
}
