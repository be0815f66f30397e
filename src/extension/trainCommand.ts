import * as vscode from "vscode";
import { LmError } from "../base/errors.ts";
import { readableCount, readablePerplexity } from "../base/readableNumbers.ts";
import { perplexityOf, type InklingStatus } from "../protocol/dashboardMessages.ts";
import type { DoneEvent } from "../protocol/engineMessages.ts";
import type { InklingState } from "./inklingState.ts";
import { progressMessage } from "./statusText.ts";
import type { TrainOverrides } from "./trainJob.ts";
import type { TrainingController } from "./trainingController.ts";
import { workspaceTrainJob } from "./workspaceJob.ts";

export interface TrainCommandParts {
  readonly controller: TrainingController;
  readonly state: InklingState;
  readonly modelDirectory: string | undefined;
}

/** Training with its progress on the screen. */
export class TrainCommand {
  readonly #parts: TrainCommandParts;

  public constructor(parts: TrainCommandParts) {
    this.#parts = parts;
  }

  /** Trains on the workspace; while a training runs, offers to show or stop that one. */
  public async run(overrides: TrainOverrides = {}): Promise<void> {
    const { controller, state, modelDirectory } = this.#parts;
    if (controller.isTraining) {
      await this.#offerRunning();
      return;
    }
    const isFirst = state.status.model === null;
    const job = workspaceTrainJob(modelDirectory, overrides);
    const done = await this.#withProgress(() => controller.train(job));
    await this.#tellEnd(done, { isFirst });
  }

  /** Trains without anything on the screen but the status bar. */
  public async runQuietly(overrides: TrainOverrides = {}): Promise<DoneEvent> {
    return this.#parts.controller.train(workspaceTrainJob(this.#parts.modelDirectory, overrides));
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

  /** The status bar tells the end of a run; only what is new to a person, or a reason to look, gets a message. */
  async #tellEnd({ stopped }: DoneEvent, { isFirst }: { readonly isFirst: boolean }): Promise<void> {
    const { model, validation, isEnabled } = this.#parts.state.status;
    if (stopped === "nonFinite") {
      throw new LmError("nonFiniteLoss", "Try a smaller model or another seed.");
    }
    if (stopped === "cancelled" || !isFirst || model === null) {
      return;
    }
    const measured =
      validation === null
        ? ""
        : ` Perplexity ${readablePerplexity(perplexityOf(validation))} over ${readableCount(validation.tokens)} held-out tokens.`;
    const show = "Show Dashboard";
    const ready = isEnabled ? "it suggests as you type" : "suggestions are switched off, so it suggests nothing yet";
    if (
      (await vscode.window.showInformationMessage(`Inkling: the model is ready; ${ready}.${measured}`, show)) === show
    ) {
      await vscode.commands.executeCommand("inkling.showDashboard");
    }
  }

  async #offerRunning(): Promise<void> {
    const [show, stop] = ["Show Dashboard", "Cancel Training"] as const;
    const running = `Inkling is training on this workspace: ${progressMessage(this.#parts.state.status)}.`;
    const chosen = await vscode.window.showInformationMessage(running, show, stop);
    if (chosen === show) {
      await vscode.commands.executeCommand("inkling.showDashboard");
    } else if (chosen === stop) {
      this.#parts.controller.cancel();
    }
  }
}
