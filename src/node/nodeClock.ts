import type { Clock } from "../base/ports.ts";

/** The machine's own clock. */
export function createNodeClock(): Clock {
  return {
    nowMs: () => performance.now(),
    epochMs: () => Date.now(),
  };
}
