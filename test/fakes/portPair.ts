import { Emitter } from "../../src/base/emitter.ts";
import type { MessagePortLike } from "../../src/base/ports.ts";

/** Two ends of one channel in memory. Messages are cloned and arrive in later microtasks, in order. */
export interface PortPair {
  readonly left: MessagePortLike;
  readonly right: MessagePortLike;
  /** Ends the channel as if both sides saw the other die; what is under way is lost. */
  readonly close: (reason: string) => void;
}

export function createPortPair(): PortPair {
  const ends = [new Emitter<unknown>(), new Emitter<unknown>()] as const;
  const closed = new Emitter<string>();
  let isOpen = true;
  const port = (own: Emitter<unknown>, other: Emitter<unknown>): MessagePortLike => ({
    postMessage(message) {
      const copy: unknown = structuredClone(message);
      queueMicrotask(() => {
        if (isOpen) {
          other.fire(copy);
        }
      });
    },
    onDidReceive: own.event,
    onDidClose: closed.event,
  });
  return {
    left: port(ends[0], ends[1]),
    right: port(ends[1], ends[0]),
    close(reason) {
      isOpen = false;
      closed.fire(reason);
    },
  };
}
