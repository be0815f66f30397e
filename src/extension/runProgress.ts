import * as vscode from "vscode";
import { LmError, toErrorData } from "../base/errors.ts";
import type { RunView } from "../protocol/runView.ts";
import type { InklingState } from "./inklingState.ts";
import type { KeptRun } from "./keptRun.ts";

/** What a command needs besides its own run. */
export interface RunCommandParts {
  readonly state: InklingState;
  /** Ends a training that nobody asked for, so that this one can begin. */
  readonly makeWay: () => Promise<void>;
  readonly showDashboard: () => void;
}

/** Throws `LmError("trainingBusy")` while a model is trained; `then` is what the person wanted to do: "compare models". */
export function refuseWhileTraining({ status }: InklingState, then: string): void {
  if (status.activity !== "idle") {
    throw new LmError("trainingBusy", `Inkling is training on this workspace: wait for it or cancel it, then ${then}.`);
  }
}

/** Shows how far a run is in a notification that can cancel it; resolves to null where it was cancelled. */
export async function withRunProgress<View extends RunView, Result>(
  run: Pick<KeptRun<View>, "onDidChange" | "cancel">,
  textOf: (view: View) => string,
  act: () => Promise<Result>,
): Promise<Result | null> {
  const options = { location: vscode.ProgressLocation.Notification, title: "Inkling", cancellable: true };
  return vscode.window.withProgress(options, async (progress, token) => {
    const following = run.onDidChange((view) => {
      progress.report({ message: textOf(view) });
    });
    const cancelling = token.onCancellationRequested(() => {
      run.cancel();
    });
    try {
      return await act();
    } catch (error) {
      if (toErrorData(error).code === "cancelled") {
        return null;
      }
      throw error;
    } finally {
      following.dispose();
      cancelling.dispose();
    }
  });
}
