import { renameSync, writeFileSync } from "node:fs";
import type { HostResults } from "./hostResults.ts";
import { runSuite } from "./runSuite.ts";

/** Starts the suite where it is installed as an extension; the results go to the file in INKLING_HOST_RESULTS. */
export function activate(): void {
  const path = process.env["INKLING_HOST_RESULTS"];
  if (path !== undefined) {
    runSuite(declareSuites).then(
      (results) => writeResults(path, results),
      (error: unknown) => writeResults(path, crashed(error)),
    );
  }
}

/** Starts the suite where `@vscode/test-electron` asks for it: rejects if a test failed. */
export async function run(): Promise<void> {
  const results = await runSuite(declareSuites);
  for (const { title, state, explanation } of results.tests) {
    console.log(`${state}: ${title}${explanation === "" ? "" : `\n${explanation}`}`);
  }
  const path = process.env["INKLING_HOST_RESULTS"];
  if (path !== undefined) {
    writeResults(path, results);
  }
  const failedCount = results.tests.filter(({ state }) => state === "failed").length;
  if (failedCount > 0) {
    throw new Error(`${failedCount} of ${results.tests.length} tests failed.`);
  }
}

/** Mocha's globals exist from here on. */
async function declareSuites(): Promise<void> {
  await import("./extensionApi.suite.ts");
}

function writeResults(path: string, results: HostResults): void {
  writeFileSync(`${path}.part`, JSON.stringify(results));
  renameSync(`${path}.part`, path);
}

function crashed(error: unknown): HostResults {
  const explanation = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { tests: [{ title: "The suite starts", state: "failed", durationMs: 0, explanation }] };
}
