import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../base/disposable.ts";
import type { Clock, Log } from "../base/ports.ts";
import type { Timer } from "../node/nodeTimer.ts";
import type { ComparisonRun } from "./comparisonRun.ts";
import type { GradientsRun } from "./gradientsRun.ts";
import { type ChangeMemory, IdleTrainer } from "./idleTrainer.ts";
import type { InklingState } from "./inklingState.ts";
import { WRITTEN_DOCUMENTS } from "./inlineProvider.ts";
import type { TrainingController } from "./trainingController.ts";
import { currentSettings, workspaceTrainJob } from "./workspaceJob.ts";

const KEY = "inkling.changedSinceTraining";

export interface IdleTrainingParts {
  readonly controller: TrainingController;
  readonly state: InklingState;
  readonly comparison: Pick<ComparisonRun, "isRunning">;
  readonly gradients: Pick<GradientsRun, "isRunning">;
  readonly modelDirectory: string | undefined;
  readonly memento: vscode.Memento;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly log: Log;
}

/** Has training go on while nobody uses this window, as the settings say; `owned` gets all that listens. */
export function trainWhenIdle(owned: DisposableStore, parts: IdleTrainingParts): IdleTrainer {
  const { controller, state, comparison, gradients, modelDirectory, memento, clock, timer, log } = parts;
  const trainer = owned.add(
    new IdleTrainer({
      controller,
      isWanted: () => {
        const { isTrainedWhenIdle, isEnabled } = currentSettings();
        const isOtherRunning = comparison.isRunning || gradients.isRunning;
        return isTrainedWhenIdle && isEnabled && state.status.model !== null && !isOtherRunning;
      },
      isInUse: () => vscode.window.state.active,
      isPaused: () => state.status.activity === "pausing" || state.status.activity === "paused",
      train: async () =>
        controller.train(workspaceTrainJob(modelDirectory, { isContinuing: true, keepsPieces: true }), {
          mode: "background",
        }),
      memory: rememberIn(memento),
      clock,
      timer,
      log,
    }),
  );
  owned.add(watchUse(() => trainer.noteUse()));
  return trainer;
}

/** Tells of keys and carets in what people write, and of the window itself. */
function watchUse(onUse: () => void): Disposable {
  const owned = new DisposableStore();
  const isWritten = (document: vscode.TextDocument): boolean => vscode.languages.match(WRITTEN_DOCUMENTS, document) > 0;
  owned.add(
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0 && isWritten(document)) {
        onUse();
      }
    }),
  );
  owned.add(
    vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
      if (isWritten(textEditor.document)) {
        onUse();
      }
    }),
  );
  owned.add(vscode.window.onDidChangeActiveTextEditor(onUse));
  owned.add(vscode.window.onDidChangeWindowState(onUse));
  return owned;
}

function rememberIn(memento: vscode.Memento): ChangeMemory {
  return {
    get isChanged() {
      return memento.get<boolean>(KEY, false);
    },
    set isChanged(isChanged) {
      void memento.update(KEY, isChanged);
    },
  };
}
