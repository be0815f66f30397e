import { writeFileSync } from "node:fs";
import type { HostResults, HostTestResult } from "./suite/hostResults.ts";

const marks: Readonly<Record<HostTestResult["state"], string>> = { passed: "✔", failed: "✘", skipped: "-" };

/** Prints what came of the suite, writes the counts to the file in INKLING_TEST_RESULTS, and sets the exit status. */
export function reportHostResults({ tests }: HostResults): void {
  for (const { title, state, durationMs, explanation } of tests) {
    console.log(`    ${marks[state]} ${title} (${durationMs} ms)${explanation === "" ? "" : `\n${explanation}`}`);
  }
  const counts = {
    passed: tests.filter(({ state }) => state === "passed").length,
    failed: tests.filter(({ state }) => state === "failed").length,
    skipped: tests
      .filter(({ state }) => state === "skipped")
      .map(({ title, explanation }) => ({ title, reason: explanation })),
  };
  const path = process.env["INKLING_TEST_RESULTS"];
  if (path !== undefined) {
    writeFileSync(path, JSON.stringify(counts));
  }
  process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
}
