import type { Memento } from "vscode";

/** The workspace's memory, as the editor keeps it: plain data. */
export class MemoryMemento implements Memento {
  readonly #values = new Map<string, string>();

  public keys(): readonly string[] {
    return [...this.#values.keys()];
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the editor's own signature
  public get<T>(key: string): T | undefined {
    const kept = this.#values.get(key);
    return kept === undefined ? undefined : (JSON.parse(kept) as T);
  }

  public update(key: string, value: unknown): Promise<void> {
    this.#values.set(key, JSON.stringify(value));
    return Promise.resolve();
  }
}
