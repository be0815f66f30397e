import Mocha from "mocha";
import type { HostResults, HostTestResult } from "./hostResults.ts";

/** Runs the suites that `declare` declares with mocha's globals, inside the process that calls it. */
export async function runSuite(declare: () => void | Promise<void>): Promise<HostResults> {
  const mocha = new Mocha({ ui: "bdd", timeout: 60_000, reporter: QuietReporter });
  mocha.suite.emit("pre-require", globalThis, "", mocha);
  await declare();
  return new Promise((resolve) => {
    const tests: HostTestResult[] = [];
    const runner = mocha.run(() => resolve({ tests }));
    runner.on("pass", (test) => tests.push(resultOf(test, "passed", "")));
    runner.on("pending", (test) => tests.push(resultOf(test, "skipped", skipReason(test))));
    runner.on("fail", (test, error: unknown) => tests.push(resultOf(test, "failed", errorText(error))));
  });
}

/** Prints nothing: an extension host has no terminal. */
class QuietReporter extends Mocha.reporters.Base {
  public override epilogue(): void {
    // The results are reported by whoever started the suite.
  }
}

function resultOf(test: Mocha.Test, state: HostTestResult["state"], explanation: string): HostTestResult {
  return { title: test.fullTitle(), state, durationMs: test.duration ?? 0, explanation };
}

function skipReason(test: Mocha.Test): string {
  return (test as { skipReason?: string }).skipReason ?? "no reason given";
}

function errorText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
