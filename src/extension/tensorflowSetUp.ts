import * as vscode from "vscode";
import type { Disposable } from "../base/disposable.ts";
import { DisposableStore } from "../base/disposable.ts";
import type { Log } from "../base/ports.ts";
import { createSetUpContext, platformReason } from "../node/tensorflow/setupContext.ts";
import { setUpTensorflow, type SetUpOutcome } from "../node/tensorflow/setUpTensorflow.ts";
import type { InklingStatus } from "../protocol/dashboardMessages.ts";
import { reasonsText } from "../protocol/statusWords.ts";
import type { EngineHost } from "./engineHost.ts";
import type { InklingState } from "./inklingState.ts";
import { chosenPython, currentSettings } from "./workspaceJob.ts";

const NEVER_OFFER_KEY = "inkling.neverOfferTensorflow";

export interface TensorflowSetUpParts {
  readonly state: InklingState;
  readonly engine: EngineHost;
  readonly memory: vscode.Memento;
  readonly globalStorage: string;
  readonly log: Log;
}

/** Installs TensorFlow on request, and offers it once where training had to do without. */
export class TensorflowSetUp implements Disposable {
  readonly #parts: TensorflowSetUpParts;
  readonly #owned = new DisposableStore();
  #hasOffered = false;
  #running: Promise<void> | undefined;

  public constructor(parts: TensorflowSetUpParts) {
    this.#parts = parts;
    this.#owned.add(parts.state.onDidChangeStatus((status) => this.#offerOnce(status)));
  }

  /** Sets TensorFlow up with progress on the screen; a second call joins the first. Throws `LmError` as set-up does. */
  public run(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  public dispose(): void {
    this.#owned.dispose();
  }

  async #run(): Promise<void> {
    const { state, engine } = this.#parts;
    const outcome = await this.#setUp();
    if (outcome.kind === "cancelled") {
      return;
    }
    if (outcome.kind === "portable") {
      void vscode.window.showInformationMessage(
        `Inkling: training goes on with the portable backend. ${reasonsText(outcome.reasons)}`,
      );
      return;
    }
    // A training that runs keeps its process; the next start of the engine finds what was installed.
    if (state.status.activity === "idle") {
      engine.restart();
      state.update({ backend: await engine.describe("auto"), failure: null });
    }
    const { version, isGpuUsed } = outcome.tensorflow;
    const train = "Train LM on Workspace";
    const ready = `Inkling: TensorFlow ${version} is ready and uses the ${isGpuUsed ? "GPU" : "CPU"}. Train again to profit from it.`;
    if ((await vscode.window.showInformationMessage(ready, train)) === train) {
      await vscode.commands.executeCommand("inkling.trainWorkspace");
    }
  }

  #setUp(): Thenable<SetUpOutcome> {
    const options = { location: vscode.ProgressLocation.Notification, title: "Inkling", cancellable: true };
    return vscode.window.withProgress(options, async (progress, token) => {
      const controller = new AbortController();
      const cancelling = token.onCancellationRequested(() => {
        controller.abort();
      });
      let lastMessage = "";
      try {
        return await setUpTensorflow({
          settingPath: currentSettings().tensorflowPath,
          pythonPath: chosenPython(),
          extraRoots: [this.#parts.globalStorage],
          signal: controller.signal,
          onProgress: ({ message, fraction }) => {
            progress.report({
              message: fraction === undefined ? message : `${message} · ${Math.round(100 * fraction)} %`,
            });
            if (message !== lastMessage) {
              lastMessage = message;
              this.#parts.log.write("info", message);
            }
          },
        });
      } finally {
        cancelling.dispose();
      }
    });
  }

  #offerOnce({ activity, backend }: InklingStatus): void {
    if (
      this.#hasOffered ||
      activity !== "training" ||
      backend?.backend !== "portable" ||
      currentSettings().backend !== "auto"
    ) {
      return;
    }
    this.#hasOffered = true;
    if (this.#parts.memory.get(NEVER_OFFER_KEY) === true || platformReason(createSetUpContext().platform) !== null) {
      return;
    }
    void this.#offer();
  }

  async #offer(): Promise<void> {
    const [setUp, never] = ["Set Up TensorFlow (270 MB)", "Don't Ask Again"] as const;
    const text =
      "Inkling trains with its portable backend, since no TensorFlow was found. With TensorFlow it is about twice as fast.";
    const chosen = await vscode.window.showInformationMessage(text, setUp, never);
    if (chosen === setUp) {
      await vscode.commands.executeCommand("inkling.setUpTensorflow");
    } else if (chosen === never) {
      await this.#parts.memory.update(NEVER_OFFER_KEY, true);
    }
  }
}
