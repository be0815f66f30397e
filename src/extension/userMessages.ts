import * as vscode from "vscode";
import { toErrorData } from "../base/errors.ts";
import type { Log } from "../base/ports.ts";
import type { FailureAction } from "../protocol/dashboardMessages.ts";
import { FAILURE_ACTION_LABELS } from "../protocol/statusWords.ts";
import { describeFailure } from "./failureMessages.ts";

/** Shows failures: one message each, one at a time, never modal. */
export class UserMessages {
  readonly #log: Log;
  readonly #act: (action: FailureAction) => Promise<void>;
  #shown: string | undefined;

  public constructor(log: Log, act: (action: FailureAction) => Promise<void>) {
    this.#log = log;
    this.#act = act;
  }

  /** Logs a failure and shows it, unless the same message is on the screen already. Settles when the person has answered. */
  public async showFailure(error: unknown): Promise<void> {
    const data = toErrorData(error);
    const { severity, text, actions } = describeFailure(data);
    this.#log.write(severity === "information" ? "info" : severity, `${data.code}: ${data.message}`);
    if (this.#shown === text) {
      return;
    }
    this.#shown = text;
    const labels = actions.map((action) => FAILURE_ACTION_LABELS[action]);
    const chosen = await showMessage[severity](`Inkling: ${text}`, ...labels);
    this.#shown = undefined;
    const action = actions.find((candidate) => FAILURE_ACTION_LABELS[candidate] === chosen);
    if (action !== undefined) {
      await this.#act(action);
    }
  }
}

const showMessage = {
  information: (text: string, ...labels: string[]) => vscode.window.showInformationMessage(text, ...labels),
  warning: (text: string, ...labels: string[]) => vscode.window.showWarningMessage(text, ...labels),
  error: (text: string, ...labels: string[]) => vscode.window.showErrorMessage(text, ...labels),
};
