import * as vscode from "vscode";
import { LmError } from "../base/errors.ts";
import type { InklingStatus } from "../protocol/dashboardMessages.ts";
import type { DoneEvent, TrainingMode } from "../protocol/engineMessages.ts";
import { endText } from "./endText.ts";
import type { InklingState } from "./inklingState.ts";
import { progressMessage } from "./statusText.ts";
import type { TrainOverrides } from "./trainJob.ts";
import type { TrainingController } from "./trainingController.ts";
import { currentSettings, workspaceTrainJob } from "./workspaceJob.ts";

const OPEN_DASHBOARD = "Open dashboard";

export interface TrainCommandParts {
  readonly controller: TrainingController;
  readonly state: InklingState;
  readonly modelDirectory: string | undefined;
  /** Ends a training that nobody asked for, so that this one can begin. */
  readonly makeWay: () => Promise<void>;
}

/** Training with its progress on the screen. */
export class TrainCommand {
  readonly #parts: TrainCommandParts;

  public constructor(parts: TrainCommandParts) {
    this.#parts = parts;
  }

  /** Trains on the workspace; while a training runs, offers to show or stop that one. */
  public async run(overrides: TrainOverrides = {}): Promise<void> {
    const { controller, modelDirectory, makeWay } = this.#parts;
    await makeWay();
    if (controller.isTraining) {
      await this.#offerRunning();
      return;
    }
    const job = workspaceTrainJob(modelDirectory, overrides);
    this.#tellEnd(await this.#withProgress(() => controller.train(job, modeOf(overrides))));
  }

  /** Trains without anything on the screen but the status bar. */
  public async runQuietly(overrides: TrainOverrides = {}): Promise<DoneEvent> {
    const { controller, modelDirectory, makeWay } = this.#parts;
    await makeWay();
    return controller.train(workspaceTrainJob(modelDirectory, overrides), modeOf(overrides));
  }

  async #withProgress(train: () => Promise<DoneEvent>): Promise<DoneEvent> {
    const { controller, state } = this.#parts;
    const options = { location: vscode.ProgressLocation.Notification, title: "Inkling", cancellable: true };
    return vscode.window.withProgress(options, async (progress, token) => {
      let shownPercent = 0;
      const report = (status: InklingStatus): void => {
        const percent = 100 * status.fraction;
        progress.report({ message: progressMessage(status), increment: Math.max(0, percent - shownPercent) });
        shownPercent = Math.max(shownPercent, percent);
      };
      const following = state.onDidChangeStatus(report);
      const cancelling = token.onCancellationRequested(() => {
        controller.cancel();
      });
      try {
        return await train();
      } finally {
        following.dispose();
        cancelling.dispose();
      }
    });
  }

  /** One message at the end of a training; who cancelled it knows that it has ended. */
  #tellEnd({ stopped, nothingLearnt }: DoneEvent): void {
    if (stopped === "nonFinite") {
      const kept = "The best model until then is kept. Try a smaller model.";
      throw new LmError("nonFiniteLoss", nothingLearnt ?? kept);
    }
    if (stopped === "cancelled") {
      return;
    }
    // Not awaited: the command is over when the training is, not when somebody has closed the message.
    void offerDashboard(endText(this.#parts.state.status, { nothingLearnt }));
  }

  async #offerRunning(): Promise<void> {
    const { controller, state } = this.#parts;
    const stop = "Cancel training";
    const resume = "Resume training";
    const isPaused = state.status.activity === "pausing" || state.status.activity === "paused";
    const running = `Inkling is training on this workspace: ${progressMessage(state.status)}.`;
    const choices = isPaused ? [resume, OPEN_DASHBOARD, stop] : [OPEN_DASHBOARD, stop];
    const chosen = await vscode.window.showInformationMessage(running, ...choices);
    if (chosen === OPEN_DASHBOARD) {
      await vscode.commands.executeCommand("inkling.showDashboard");
    } else if (chosen === resume) {
      controller.resume();
    } else if (chosen === stop) {
      controller.cancel();
    }
  }
}

function modeOf({ mode }: TrainOverrides): { readonly mode: TrainingMode } {
  return { mode: mode ?? currentSettings().trainingMode };
}

async function offerDashboard(text: string): Promise<void> {
  if ((await vscode.window.showInformationMessage(`Inkling: ${text}`, OPEN_DASHBOARD)) === OPEN_DASHBOARD) {
    await vscode.commands.executeCommand("inkling.showDashboard");
  }
}
