import * as vscode from "vscode";
import type { CompareResult } from "../protocol/compareMessages.ts";
import { comparisonEndText, comparisonProgressText } from "../protocol/comparisonWords.ts";
import type { CompareChoice } from "./compareJob.ts";
import type { ComparisonRun } from "./comparisonRun.ts";
import { refuseWhileTraining, type RunCommandParts, withRunProgress } from "./runProgress.ts";
import { workspaceCompareJob } from "./workspaceJob.ts";

export interface CompareCommandParts extends RunCommandParts {
  readonly comparison: ComparisonRun;
}

/** Comparing models on the workspace, with progress on the screen. */
export class CompareCommand {
  readonly #parts: CompareCommandParts;

  public constructor(parts: CompareCommandParts) {
    this.#parts = parts;
  }

  /** Asks which models and for how long, compares them, and shows the table as it grows. */
  public async run(): Promise<void> {
    const { comparison, state, showDashboard } = this.#parts;
    if (comparison.isRunning) {
      showDashboard();
      return;
    }
    // What makes a comparison impossible is told before anything is asked.
    workspaceCompareJob(DEFAULT_CHOICE);
    refuseWhileTraining(state, "compare models");
    const choice = await askChoice();
    if (choice === undefined) {
      return;
    }
    showDashboard();
    const result = await withRunProgress(comparison, comparisonProgressText, () => this.runQuietly(choice));
    if (result !== null) {
      void vscode.window.showInformationMessage(`Inkling: ${comparisonEndText(result)}`);
    }
  }

  /** Compares without anything on the screen but the dashboard. */
  public async runQuietly(choice: Partial<CompareChoice>): Promise<CompareResult> {
    const { comparison, state, makeWay } = this.#parts;
    await makeWay();
    refuseWhileTraining(state, "compare models");
    return comparison.run(workspaceCompareJob({ ...DEFAULT_CHOICE, ...choice }));
  }
}

const DEFAULT_CHOICE: CompareChoice = { models: ["kn5", "window", "rnn", "gru", "lstm"], budgetSeconds: 60 };

/** What can be chosen in the list; the command line has more. */
const OFFERED: readonly (readonly [model: string, about: string])[] = [
  ["kn5", "Counts: modified Kneser-Ney of order 5"],
  ["kn5+cache", "The same with words used lately"],
  ["window", "Fixed window, Bengio et al."],
  ["rnn", "Simple recurrent network, Elman"],
  ["gru", "Gated recurrent unit"],
  ["lstm", "Long short-term memory"],
  ["lstm+kn5", "LSTM and counts at one weight"],
  ["lstm+context", "LSTM, counts and caches, weighed by context"],
  ["highway", "Recurrent highway network"],
  ["qrnn", "Quasi-recurrent network"],
  ["retention", "Retention, in linear time"],
  ["mos", "Mixture of softmaxes over an LSTM"],
];

const BUDGETS: readonly (readonly [seconds: number, label: string])[] = [
  [20, "20 seconds for each network"],
  [60, "1 minute for each network"],
  [300, "5 minutes for each network"],
];

async function askChoice(): Promise<CompareChoice | undefined> {
  const models = await vscode.window.showQuickPick(
    OFFERED.map(([label, description]) => ({ label, description, picked: DEFAULT_CHOICE.models.includes(label) })),
    { title: "Inkling: models to compare on this workspace", canPickMany: true, matchOnDescription: true },
  );
  if (models === undefined || models.length === 0) {
    return undefined;
  }
  const budget = await vscode.window.showQuickPick(
    BUDGETS.map(([seconds, label]) => ({ label, seconds })),
    { title: "Inkling: how long to train each network" },
  );
  return budget === undefined ? undefined : { models: models.map(({ label }) => label), budgetSeconds: budget.seconds };
}
