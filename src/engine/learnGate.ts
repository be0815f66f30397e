import type { TokenStream } from "../batches/tokenStream.ts";
import { fileLanguage } from "../models/calibration/calibration.ts";
import type { GateParameters } from "../models/mixture/gateParameters.ts";
import { RecurrentDecoder } from "../models/neural/recurrentDecoder.ts";
import type { NetworkSpec } from "../models/neural/networkSpec.ts";
import type { TrainableModel } from "../models/neural/trainableModel.ts";
import { tokenTexts } from "../tokens/tokenTexts.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import { fitGate } from "./fitGate.ts";
import type { HeldOutText } from "./heldOutText.ts";
import type { TrainContext } from "./jobContext.ts";
import type { RunRecorder } from "./runRecorder.ts";
import { MAX_COUNTED_VOCABULARY, streamDocuments } from "./streamDocuments.ts";

/** The text of a run, for its mixture. */
export interface MixtureText {
  readonly vocabulary: Vocabulary;
  /** The training documents. */
  readonly stream: TokenStream;
  /** Held-out documents; null for none. */
  readonly whole: Pick<HeldOutText, "stream" | "paths"> | null;
}

export interface GateLearning extends MixtureText {
  /** Where the training documents lie, one for each of the stream. */
  readonly corpus: { readonly training: readonly { readonly path: string }[] };
  /** As fitted by the run that is gone on with; null for none. */
  readonly gate: GateParameters | null;
  /** Holds the weights that were saved. */
  readonly spec: NetworkSpec;
  readonly network: Pick<TrainableModel, "readWeights">;
  readonly recorder: RunRecorder;
  /** As `gateSeconds` gave them; without a budget they are no limit, for such a run is the same on every machine. */
  readonly reservedSeconds: number;
  readonly job: { readonly options: { readonly budgetSeconds: number | null } };
}

/** Share of a budget that fitting the mixture may take, and how long it is of use. */
const BUDGET_SHARE = 0.06;
const MOST_SECONDS = 20;

/** Seconds of a budget that `learnGate` shall have; 0 where there is nothing to learn from. */
export function gateSeconds({ vocabulary, whole }: MixtureText, budgetSeconds: number | null): number {
  const isLearnable = whole !== null && vocabulary.size <= MAX_COUNTED_VOCABULARY;
  return isLearnable ? Math.min(MOST_SECONDS, (budgetSeconds ?? Number.POSITIVE_INFINITY) * BUDGET_SHARE) : 0;
}

/** Learns from held-out text how far to trust the network that was saved and how far counts, and stores it beside the network. */
export async function learnGate(learning: GateLearning, context: TrainContext): Promise<void> {
  const { vocabulary, stream, corpus, whole, spec, network, recorder, gate, reservedSeconds, job } = learning;
  if (whole === null || vocabulary.size > MAX_COUNTED_VOCABULARY) {
    return;
  }
  const { clock, signal, pause, emit, createKernel } = context;
  emit({ type: "phase", phase: "fitting", fraction: 0 });
  let shown = 0;
  const fitted = await fitGate(
    {
      lstm: new RecurrentDecoder(createKernel(spec, network.readWeights())),
      startId: vocabulary.startId,
      texts: tokenTexts(vocabulary),
      gate,
      training: streamDocuments(stream).map((tokens, index) => ({
        path: corpus.training[index]?.path ?? null,
        tokens,
      })),
      heldOut: streamDocuments(whole.stream).map((tokens, index) => {
        const path = whole.paths[index] ?? "";
        return { path, tokens, language: fileLanguage(path) };
      }),
      isTextEnd: (token) => isTextEnd(vocabulary, token),
      deadlineMs: job.options.budgetSeconds === null ? null : clock.nowMs() + reservedSeconds * 1000,
    },
    {
      clock,
      signal,
      pause,
      onProgress: (fraction) => {
        if (fraction - shown >= 0.05) {
          shown = fraction;
          emit({ type: "phase", phase: "fitting", fraction });
        }
      },
    },
  );
  if (fitted !== null) {
    emit({ type: "phase", phase: "saving" });
    await recorder.saveGate(fitted);
  }
}

const LINE_FEED = 0x0a;

/** Whether a suggestion ends before a token: marks stand for no text, and it stays in its line. */
function isTextEnd(vocabulary: Vocabulary, token: number): boolean {
  const bytes = vocabulary.pieceBytes(token);
  return bytes.length === 0 || bytes.includes(LINE_FEED);
}
