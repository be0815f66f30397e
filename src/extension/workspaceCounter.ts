import { counted } from "../base/readableNumbers.ts";
import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../base/disposable.ts";
import { Emitter } from "../base/emitter.ts";
import { LmError, toErrorData } from "../base/errors.ts";
import type { Log } from "../base/ports.ts";
import type { Timer } from "../node/nodeTimer.ts";
import type { CountEvent, CountJob } from "../protocol/predictorMessages.ts";
import type { InklingState } from "./inklingState.ts";
import type { PredictorHost } from "./predictorHost.ts";
import { currentSettings, workspaceTrainJob } from "./workspaceJob.ts";

/** Changes of files are waited for this long, since they come in swarms. */
const SETTLE_MS = 400;

/** Changes in here are never of documents, and there are many. */
const NOISY_FOLDERS = /[\\/](?:\.git|node_modules)(?:[\\/]|$)/;

export interface WorkspaceCounterParts {
  readonly predictor: PredictorHost;
  readonly state: InklingState;
  readonly timer: Timer;
  readonly log: Log;
  /** Directory of the index; `undefined` where no folder is open. */
  readonly storage: string | undefined;
}

/** Has the files of the workspace counted when it opens, and what changes there afterwards. */
export class WorkspaceCounter implements Disposable {
  readonly #parts: WorkspaceCounterParts;
  readonly #owned = new DisposableStore();
  readonly #didChangeFile = this.#owned.add(new Emitter<void>());
  #pending: Disposable | undefined;
  #isCounting = false;
  #isStale = false;

  /** Tells that a file of the workspace came, changed or went; those of Git and of packages aside. */
  public readonly onDidChangeFile = this.#didChangeFile.event;

  public constructor(parts: WorkspaceCounterParts) {
    this.#parts = parts;
    const watcher = this.#owned.add(vscode.workspace.createFileSystemWatcher("**/*"));
    for (const event of [watcher.onDidCreate, watcher.onDidChange, watcher.onDidDelete]) {
      this.#owned.add(
        event(({ fsPath }) => {
          if (!NOISY_FOLDERS.test(fsPath)) {
            this.#didChangeFile.fire();
            this.#countSoon();
          }
        }),
      );
    }
    this.#owned.add(vscode.workspace.onDidChangeWorkspaceFolders(() => this.#countSoon()));
    this.#owned.add(
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (["inkling", "files.exclude", "search.exclude"].some((section) => change.affectsConfiguration(section))) {
          this.#countSoon();
        }
      }),
    );
  }

  /** Counts now; where counting is under way, once more after it. Never throws: what goes wrong is in the log. */
  public async count(): Promise<void> {
    if (this.#isCounting) {
      this.#isStale = true;
      return;
    }
    const job = this.#job();
    if (job === undefined) {
      return;
    }
    this.#isCounting = true;
    try {
      await this.#countOnce(job);
    } finally {
      this.#isCounting = false;
      if (this.#isStale) {
        this.#isStale = false;
        this.#countSoon();
      }
    }
  }

  public dispose(): void {
    this.#pending?.dispose();
    this.#owned.dispose();
  }

  #countSoon(): void {
    this.#pending?.dispose();
    this.#pending = this.#parts.timer.schedule(SETTLE_MS, () => void this.count());
  }

  async #countOnce(job: CountJob): Promise<void> {
    const { predictor, state, log } = this.#parts;
    const isFirst = state.status.counts === null;
    if (isFirst) {
      state.update({ counting: { fraction: 0 } });
    }
    try {
      const counts = await predictor.count(job, (event) => this.#follow(event, isFirst ? "shown" : "hidden"));
      state.update({ counts, counting: null });
      if (isFirst) {
        log.write("info", `Counted ${counted(counts.fileCount, "file")}, ${counted(counts.tokenCount, "token")}.`);
      }
    } catch (error) {
      state.update({ counting: null });
      log.write("warning", `The files of the workspace could not be counted: ${toErrorData(error).message}`);
    }
  }

  #follow(event: CountEvent, progress: "shown" | "hidden"): void {
    if (event.type === "log") {
      this.#parts.log.write(event.level, event.message);
    } else if (progress === "shown") {
      this.#parts.state.update({ counting: { fraction: event.fraction } });
    }
  }

  #job(): CountJob | undefined {
    const { storage } = this.#parts;
    if (storage === undefined || !currentSettings().isEnabled) {
      return undefined;
    }
    try {
      const { folders, corpus } = workspaceTrainJob(storage, {});
      return { folders, corpus, first: openPaths(), storage };
    } catch (error) {
      if (error instanceof LmError) {
        return undefined; // No folder that lies on this machine.
      }
      throw error;
    }
  }
}

/** Files in editors, the visible ones first. */
function openPaths(): readonly string[] {
  const visible = vscode.window.visibleTextEditors.map(({ document }) => document);
  const files = [...visible, ...vscode.workspace.textDocuments].filter(({ uri }) => uri.scheme === "file");
  return [...new Set(files.map(({ uri }) => uri.fsPath))];
}
