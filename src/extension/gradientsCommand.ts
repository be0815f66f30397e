import { basename } from "node:path";
import * as vscode from "vscode";
import type { GradientResult } from "../protocol/gradientMessages.ts";
import { gradientEndText, gradientProgressText } from "../protocol/gradientWords.ts";
import type { GradientChoice } from "./gradientJob.ts";
import type { GradientsRun } from "./gradientsRun.ts";
import { refuseWhileTraining, type RunCommandParts, withRunProgress } from "./runProgress.ts";
import { diskFolders, workspaceGradientJob } from "./workspaceJob.ts";

export interface GradientsCommandParts extends RunCommandParts {
  readonly gradients: GradientsRun;
}

/** Looking at the gradients of networks on the workspace or on a file, with progress on the screen. */
export class GradientsCommand {
  readonly #parts: GradientsCommandParts;

  public constructor(parts: GradientsCommandParts) {
    this.#parts = parts;
  }

  /** Asks on what text and for how long to train, looks at the gradients, and shows them as they come. */
  public async run(): Promise<void> {
    const { gradients, state, showDashboard } = this.#parts;
    if (gradients.isRunning) {
      showDashboard();
      return;
    }
    // What makes it impossible is told before anything is asked; so is what is open, which the list may hide.
    const path = openFile();
    workspaceGradientJob({ ...DEFAULT_CHOICE, path });
    refuseWhileTraining(state, INTENT);
    const choice = await askChoice(path);
    if (choice === undefined) {
      return;
    }
    showDashboard();
    const result = await withRunProgress(gradients, gradientProgressText, () => this.runQuietly(choice));
    if (result !== null) {
      void vscode.window.showInformationMessage(`Inkling: ${gradientEndText(result.rows)}`);
    }
  }

  /** Looks without anything on the screen but the dashboard. */
  public async runQuietly(choice: Partial<GradientChoice>): Promise<GradientResult> {
    const { gradients, state, makeWay } = this.#parts;
    await makeWay();
    refuseWhileTraining(state, INTENT);
    const whole = { ...DEFAULT_CHOICE, ...choice };
    return gradients.run(
      workspaceGradientJob(whole),
      whole.path === null ? "the files of this workspace" : basename(whole.path),
    );
  }
}

const INTENT = "inspect gradients";

const DEFAULT_CHOICE: GradientChoice = { path: null, budgetSeconds: 20 };

const BUDGETS: readonly (readonly [seconds: number | null, label: string])[] = [
  [20, "Untrained, and after 20 seconds of training for each network"],
  [60, "Untrained, and after 1 minute of training for each network"],
  [null, "Untrained only"],
];

/** The file in the editor that is in use, or else in the first one that is seen; null where it is not on the disk. */
function openFile(): string | null {
  const editor = vscode.window.activeTextEditor ?? vscode.window.visibleTextEditors[0];
  return editor?.document.uri.scheme === "file" ? editor.document.uri.fsPath : null;
}

async function askChoice(open: string | null): Promise<GradientChoice | undefined> {
  const places = [
    ...(diskFolders().length === 0 ? [] : [{ label: "This workspace", path: null }]),
    ...(open === null ? [] : [{ label: basename(open), description: "the open file, as saved", path: open }]),
  ];
  const place =
    places.length === 1
      ? places[0]
      : await vscode.window.showQuickPick(places, { title: "Inkling: text to inspect gradients on" });
  if (place === undefined) {
    return undefined;
  }
  const budget = await vscode.window.showQuickPick(
    BUDGETS.map(([seconds, label]) => ({ label, seconds })),
    { title: "Inkling: how long to train RNN, LSTM and GRU" },
  );
  return budget === undefined ? undefined : { path: place.path, budgetSeconds: budget.seconds };
}
