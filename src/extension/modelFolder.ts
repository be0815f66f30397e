import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EMPTY_RUN_HISTORY, type RunHistory } from "../protocol/dashboardMessages.ts";
import { readHistoryText, writeHistoryText } from "./historyText.ts";

/** Where the model of a workspace lives, with the history of the run that made it. */
export class ModelFolder {
  /** Directory of the checkpoint. */
  public readonly directory: string;
  readonly #storage: string;
  readonly #historyPath: string;
  #writing: Promise<void> = Promise.resolve();

  /** @param storage directory that the editor gives us for this workspace; need not exist */
  public constructor(storage: string) {
    this.#storage = storage;
    this.directory = join(storage, "model");
    this.#historyPath = join(storage, "history.jsonl");
  }

  /** Whether anything lies where the model should be. */
  public get isOccupied(): boolean {
    return existsSync(this.directory);
  }

  /** Moves what lies where the model should be out of the way; nothing is deleted. */
  public async setAside(): Promise<string> {
    let number = 1;
    while (existsSync(join(this.#storage, `model-set-aside-${number}`))) {
      number++;
    }
    const target = join(this.#storage, `model-set-aside-${number}`);
    await rename(this.directory, target);
    return target;
  }

  /** The history of the last run that left a checkpoint; the empty one where there is none that can be read. */
  public async readHistory(): Promise<RunHistory> {
    try {
      return readHistoryText(await readFile(this.#historyPath, "utf8"));
    } catch {
      return EMPTY_RUN_HISTORY;
    }
  }

  /** Replaces the history on the disk: one writing after the other, the old or the new bytes whenever someone reads. */
  public async writeHistory(history: RunHistory): Promise<void> {
    const writing = this.#writing.then(() => this.#replaceHistory(history));
    this.#writing = writing.catch(() => undefined);
    await writing;
  }

  async #replaceHistory(history: RunHistory): Promise<void> {
    const temporary = `${this.#historyPath}.tmp`;
    await mkdir(this.#storage, { recursive: true });
    try {
      await writeFile(temporary, writeHistoryText(history));
      await rename(temporary, this.#historyPath);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
}
