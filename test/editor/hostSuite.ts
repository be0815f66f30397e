// Runs the suite of test/editor/suite inside the extension host of a real VS Code, and counts what came of it.
import { existsSync, mkdtempSync, readFileSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EditorSession, keepEvidence, repository, requiredVsix } from "./editorSession.ts";
import { reportHostResults } from "./reportHostResults.ts";
import { SampleWorkspace } from "./sampleWorkspace.ts";
import type { HostResults } from "./suite/hostResults.ts";
import { packageSuiteExtension } from "./suiteExtension.ts";

const suiteMs = 300_000;

const folder = mkdtempSync(join(tmpdir(), "inkling-suite-"));
const workspace = new SampleWorkspace();
try {
  const resultsPath = join(folder, "results.json");
  const session = await EditorSession.open({
    workspace: workspace.folder,
    vsixes: [requiredVsix(), await packageSuiteExtension(repository, folder)],
    environment: { INKLING_HOST_RESULTS: resultsPath },
  });
  try {
    const isReported = await fileAppears(resultsPath);
    if (!isReported) {
      await keepEvidence(session, "suite-failed");
      throw new Error(`The suite did not report within ${suiteMs / 1000} s.`);
    }
    reportHostResults(JSON.parse(readFileSync(resultsPath, "utf8")) as HostResults);
  } finally {
    await session.dispose();
  }
} finally {
  workspace.dispose();
  rmSync(folder, { recursive: true, force: true });
}

/** Whether a file appears in time. */
function fileAppears(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isThere: boolean): void => {
      watcher.close();
      clearTimeout(timer);
      resolve(isThere);
    };
    const timer = setTimeout(() => settle(false), suiteMs);
    const watcher = watch(folder, () => {
      if (existsSync(path)) {
        settle(true);
      }
    });
    if (existsSync(path)) {
      settle(true);
    }
  });
}
