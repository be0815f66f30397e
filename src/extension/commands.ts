import * as vscode from "vscode";
import type { Disposable } from "../base/disposable.ts";
import { DisposableStore } from "../base/disposable.ts";
import type { DashboardAction, FailureAction } from "../protocol/dashboardMessages.ts";
import type { CompareCommand } from "./compareCommand.ts";
import type { ComparisonRun } from "./comparisonRun.ts";
import type { GradientsCommand } from "./gradientsCommand.ts";
import type { GradientsRun } from "./gradientsRun.ts";
import type { DashboardPanel } from "./dashboardPanel.ts";
import { readAcceptedItem } from "./acceptedItem.ts";
import { DID_ACCEPT_COMMAND } from "./inlineProvider.ts";
import type { AcceptanceStore } from "./acceptanceStore.ts";
import type { SuggestionCounter } from "./suggestionCounter.ts";
import type { SurpriseView } from "./surpriseView.ts";
import type { TensorflowSetUp } from "./tensorflowSetUp.ts";
import type { TextCommands } from "./textCommands.ts";
import type { TrainCommand } from "./trainCommand.ts";
import type { TrainingController } from "./trainingController.ts";

export interface CommandParts {
  readonly train: TrainCommand;
  readonly compare: CompareCommand;
  readonly comparison: ComparisonRun;
  readonly inspectGradients: GradientsCommand;
  readonly gradients: GradientsRun;
  readonly controller: TrainingController;
  readonly texts: TextCommands;
  readonly surprise: SurpriseView;
  readonly setUp: TensorflowSetUp;
  readonly dashboard: () => DashboardPanel;
  readonly counter: SuggestionCounter;
  readonly acceptance: AcceptanceStore;
  readonly showLog: () => Promise<void>;
  readonly showFailure: (error: unknown) => Promise<void>;
}

type Action = () => void | Promise<void>;

/** Everything that a person can ask for by command or button. */
export class Commands implements Disposable {
  readonly #parts: CommandParts;
  readonly #owned = new DisposableStore();

  public constructor(parts: CommandParts) {
    this.#parts = parts;
    const { train, controller, texts, setUp, dashboard, counter, acceptance, showLog } = parts;
    const table: Readonly<Record<string, Action>> = {
      "inkling.trainWorkspace": () => train.run(),
      "inkling.continueTraining": () => train.run({ isContinuing: true }),
      "inkling.pauseTraining": () => controller.pause(),
      "inkling.resumeTraining": () => controller.resume(),
      "inkling.cancelTraining": () => controller.cancel(),
      "inkling.compareModels": () => parts.compare.run(),
      "inkling.cancelComparison": () => parts.comparison.cancel(),
      "inkling.inspectGradients": () => parts.inspectGradients.run(),
      "inkling.cancelGradients": () => parts.gradients.cancel(),
      "inkling.showDashboard": () => dashboard().show(),
      "inkling.showLog": showLog,
      "inkling.toggleSuggestions": toggleSuggestions,
      "inkling.sampleText": () => texts.showSample(),
      "inkling.showReport": () => texts.showReport(),
      "inkling.explainSuggestion": () => texts.showExplanation(),
      "inkling.toggleSurprise": () => parts.surprise.toggle(),
      "inkling.forgetAcceptance": () => acceptance.forget(),
      "inkling.setUpTensorflow": () => setUp.run(),
      "inkling.doctor": () => texts.showDoctor(),
    };
    for (const [id, action] of Object.entries(table)) {
      this.#owned.add(vscode.commands.registerCommand(id, () => this.#guard(action)));
    }
    this.#owned.add(
      vscode.commands.registerCommand(DID_ACCEPT_COMMAND, (argument: unknown) => {
        const item = readAcceptedItem(argument);
        if (item !== undefined) {
          counter.didAccept(item.insertedChars);
          acceptance.didAccept(item);
        }
      }),
    );
  }

  /** Does what a button of the dashboard stands for. */
  public runDashboardAction(action: Exclude<DashboardAction, "ready">): void {
    const { train, controller, texts } = this.#parts;
    switch (action) {
      case "train":
        void this.#guard(() => train.run());
        return;
      case "continue":
        void this.#guard(() => train.run({ isContinuing: true }));
        return;
      case "pause":
        controller.pause();
        return;
      case "resume":
        controller.resume();
        return;
      case "cancel":
        controller.cancel();
        return;
      case "sample":
        void this.#guard(() => texts.showSample());
        return;
      case "report":
        void this.#guard(() => texts.showReport());
        return;
      case "compare":
        void this.#guard(() => this.#parts.compare.run());
        return;
      case "cancelComparison":
        this.#parts.comparison.cancel();
        return;
      case "inspectGradients":
        void this.#guard(() => this.#parts.inspectGradients.run());
        return;
      case "cancelGradients":
        this.#parts.gradients.cancel();
        return;
      case "openFolder":
      case "showLog":
      case "trainAgain":
      case "trainPortable":
      case "setUpTensorflow":
      case "openSettings":
        void this.runFailureAction(action);
    }
  }

  /** Does what a button of a failure message stands for. */
  public runFailureAction(action: FailureAction): Promise<void> {
    const { train, setUp, showLog } = this.#parts;
    const actions: Readonly<Record<FailureAction, Action>> = {
      openFolder: () => execute("workbench.action.files.openFolder"),
      showLog,
      trainAgain: () => train.run(),
      trainPortable: () => train.run({ backend: "portable" }),
      setUpTensorflow: () => setUp.run(),
      openSettings: () => execute("workbench.action.openSettings", "@ext:inkling.inkling"),
    };
    return this.#guard(actions[action]);
  }

  public dispose(): void {
    this.#owned.dispose();
  }

  /** The edge where failures of commands end: logged once, shown once. */
  async #guard(action: Action): Promise<void> {
    try {
      await action();
    } catch (error) {
      // Not awaited: a command is over when it failed, not when somebody has closed the message about it.
      void this.#parts.showFailure(error);
    }
  }
}

async function execute(command: string, ...rest: readonly string[]): Promise<void> {
  await vscode.commands.executeCommand(command, ...rest);
}

/** Switches suggestions on or off where the setting was made: in the workspace if it is set there, else for the user. */
async function toggleSuggestions(): Promise<void> {
  const section = vscode.workspace.getConfiguration("inkling");
  const isEnabled = section.get<boolean>("enabled", true);
  const isOfWorkspace = section.inspect<boolean>("enabled")?.workspaceValue !== undefined;
  await section.update(
    "enabled",
    !isEnabled,
    isOfWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global,
  );
}
