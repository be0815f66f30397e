import { toDisposable, type Disposable } from "./disposable.ts";

/** A place to listen to: gives back what ends the listening. */
export type Event<T> = (listener: (value: T) => void) => Disposable;

/** Tells its listeners, in the order in which they came; after disposal nobody listens. */
export class Emitter<T> implements Disposable {
  readonly #listeners = new Set<(value: T) => void>();
  #isDisposed = false;

  /** For the public face of the owner; each call listens anew, even with the same function. */
  public readonly event: Event<T> = (listener) => {
    const own = (value: T): void => {
      listener(value);
    };
    if (!this.#isDisposed) {
      this.#listeners.add(own);
    }
    return toDisposable(() => this.#listeners.delete(own));
  };

  /** Calls every listener with `value`; who joins meanwhile is not called. */
  public fire(value: T): void {
    for (const listener of [...this.#listeners]) {
      listener(value);
    }
  }

  public dispose(): void {
    this.#isDisposed = true;
    this.#listeners.clear();
  }
}
