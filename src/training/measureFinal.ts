import type { Tally } from "../evaluation/tally.ts";
import type { HeldOut } from "./heldOut.ts";
import type { RunContext } from "./runContext.ts";
import { tallyHeldOut } from "./softmaxTemperature.ts";

const PROGRESS_MS = 500;

/** The last figure of a run: held-out text with the weights that the network has, told of on the way. */
export async function measureFinal(
  heldOut: HeldOut,
  { network, signal, pause, clock, listener }: Pick<RunContext, "network" | "signal" | "pause" | "clock" | "listener">,
): Promise<Tally> {
  let windowCount = 0;
  let toldMs = clock.nowMs();
  const tallies = await tallyHeldOut(network, heldOut, {
    temperatures: [1],
    signal,
    pause: async () => {
      windowCount++;
      if (clock.nowMs() - toldMs >= PROGRESS_MS) {
        toldMs = clock.nowMs();
        listener.onPhase("measuring", windowCount / heldOut.windowCount);
      }
      await pause();
    },
  });
  return tallies[0] as Tally;
}
