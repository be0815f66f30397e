/** What the suite inside the extension host reports. */
export interface HostResults {
  readonly tests: readonly HostTestResult[];
}

export interface HostTestResult {
  readonly title: string;
  readonly state: "passed" | "failed" | "skipped";
  readonly durationMs: number;
  /** The error of a failed test, the reason of a skipped one. */
  readonly explanation: string;
}
