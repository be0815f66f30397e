import { bitsPerByteOf, type Tally } from "../evaluation/tally.ts";
import { createNetwork } from "../models/neural/createNetwork.ts";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import type { CheckpointStore } from "../checkpoints/checkpointStore.ts";
import type { Corpus } from "../corpus/corpus.ts";
import { scoreWindows } from "../training/scoreWindows.ts";
import type { TrainingSettings } from "../training/trainingSettings.ts";
import { restoreVocabulary } from "../tokens/restoreVocabulary.ts";
import { heldOutSample } from "./heldOutText.ts";
import { heldOutWindows } from "./heldOutWindows.ts";
import type { TrainContext } from "./jobContext.ts";
import type { Backend } from "./selectBackend.ts";

/** The model that a fresh run would replace. */
export interface Rival {
  /** What it reaches on the text that is held out now, bits per byte; null where it cannot be compared, as where nothing is held out: only a run that comes to its end replaces it. */
  readonly bitsPerByte: number | null;
}

/** A model that could be stored where a rival lies. */
export interface Challenger {
  /** On the sample of the text that is held out now; null where there is none. */
  readonly sampleBest: Tally | null;
  /** Whether its run came to its end. */
  readonly isComplete: boolean;
  /** Whether it began with what the rival had learnt: then it has to be better, also where it comes to its end. */
  readonly goesOnWithIt: boolean;
}

/** Whether a model takes a rival's place: by being better, and a fresh one that was trained to its end also because it was asked for. */
export function mayReplace(rival: Rival | null, { sampleBest, isComplete, goesOnWithIt }: Challenger): boolean {
  if (rival === null) {
    return true;
  }
  if (isComplete && (!goesOnWithIt || rival.bitsPerByte === null)) {
    return true;
  }
  return sampleBest !== null && rival.bitsPerByte !== null && bitsPerByteOf(sampleBest) < rival.bitsPerByte;
}

interface RivalCall {
  readonly store: CheckpointStore;
  readonly corpus: Corpus;
  readonly backend: Backend;
  readonly settings: TrainingSettings;
}

/**
 * How well the model in the store knows the text held out now; null where there is none that could be used. A model of the
 * same corpus knows it; one of another, as every edit makes one, is asked anew, which takes about a second.
 */
export async function judgeRival(call: RivalCall, context: TrainContext): Promise<Rival | null> {
  const { store, corpus } = call;
  const read = await store.read();
  if (read.kind !== "checkpoint") {
    return null;
  }
  const { origin, progress } = read.checkpoint;
  const known = progress.sample ?? progress.validation;
  if (origin.corpusFingerprint === corpus.fingerprint && known !== null) {
    return { bitsPerByte: bitsPerByteOf(known) };
  }
  return { bitsPerByte: await scoreRival(read.checkpoint, call, context) };
}

async function scoreRival(
  { spec, weights, vocabulary: serialized }: Checkpoint,
  { corpus, backend, settings }: RivalCall,
  { signal, pause }: TrainContext,
): Promise<number | null> {
  const sample = heldOutSample(corpus.validation, restoreVocabulary(serialized));
  if (sample === null) {
    return null;
  }
  const heldOut = heldOutWindows(sample.stream, { ...settings, readsMatches: spec.readsMatches === true });
  const network = createNetwork(spec, weights, backend.kernels);
  try {
    const { nats, targetCount, isCancelled } = await scoreWindows(network, heldOut.windows(), {
      signal,
      isRanked: false,
      pause,
    });
    if (isCancelled) {
      return null;
    }
    const bitsPerByte = bitsPerByteOf({ nats, tokens: targetCount, bytes: heldOut.bytes });
    // Than a model of broken numbers anything is better.
    return Number.isFinite(bitsPerByte) ? bitsPerByte : Infinity;
  } finally {
    network.dispose();
  }
}
