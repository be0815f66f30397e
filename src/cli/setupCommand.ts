import type { Clock } from "../base/ports.ts";
import { setUpTensorflow, type SetUpOutcome } from "../node/tensorflow/setUpTensorflow.ts";
import type { SetUpProgress } from "../node/tensorflow/setupContext.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import type { Terminal } from "./terminal.ts";

export interface SetupArguments {
  readonly gpu: "auto" | "none";
}

/** Prepares TensorFlow, or says why this machine has none and what happens then. */
export async function runSetup(
  { gpu }: SetupArguments,
  { terminal, signal, clock }: CommandContext,
): Promise<ExitCode> {
  const outcome = await setUpTensorflow({ gpu, signal, onProgress: progressPrinter(terminal, clock) });
  switch (outcome.kind) {
    case "ready":
    case "portable":
      printOutcome(outcome, terminal);
      return 0;
    case "cancelled":
      terminal.result(
        { type: "done", kind: outcome.kind },
        "Set-up was cancelled; what was downloaded stays, so the next one goes on from there.",
      );
      return 0;
  }
}

function printOutcome(outcome: Exclude<SetUpOutcome, { readonly kind: "cancelled" }>, terminal: Terminal): void {
  const tensorflow = outcome.kind === "ready" ? outcome.tensorflow : null;
  const headline =
    tensorflow === null
      ? "TensorFlow cannot be had here; Inkling trains on its portable backend, which does everything, only slower."
      : `TensorFlow ${tensorflow.version} is ready on the ${tensorflow.isGpuUsed ? "GPU" : "CPU"}: ${tensorflow.path}`;
  const { kind, reasons } = outcome;
  terminal.result({ type: "done", kind, tensorflow, reasons }, [headline, ...reasons].join("\n"));
}

/** How often a person who cannot see a live line gets a new one. */
const LINE_EVERY_MS = 10_000;

function progressPrinter(terminal: Terminal, clock: Clock): (progress: SetUpProgress) => void {
  let lastMessage = "";
  let lastMs = -Infinity;
  return (progress) => {
    const share = progress.fraction === undefined ? "" : ` ${Math.round(100 * progress.fraction)} %`;
    const line = `${progress.message}${share}`;
    if (terminal.isLive) {
      terminal.live(line);
    }
    const isDue = progress.phase !== lastMessage || clock.nowMs() - lastMs >= LINE_EVERY_MS;
    if (isDue) {
      lastMessage = progress.phase;
      lastMs = clock.nowMs();
      terminal.event({ type: "setup", ...progress });
      if (!terminal.isLive) {
        terminal.note(line);
      }
    }
  };
}
