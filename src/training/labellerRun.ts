import * as tf from "@tensorflow/tfjs-core";
import type { Clock } from "../base/ports.ts";
import { createRng } from "../base/rng.ts";
import { type LabelledSequence, packSequences, planBatches } from "../batches/labelBatches.ts";
import type { Labeller } from "../models/neural/labelling/labeller.ts";
import type { WeightMap } from "../models/neural/networkSpec.ts";
import { Adam } from "./adam.ts";
import { clipByGlobalNorm, type ClippingReport } from "./gradientClipping.ts";
import { packTensors } from "./packTensors.ts";
import { type PaceLimits, RunPace } from "./runPace.ts";
import { likeliest, scoreLabels } from "./scoreLabels.ts";
import { takeGradient, type TakenGradient } from "./takeGradient.ts";
import { DEFAULT_TRAINING_SETTINGS } from "./trainingSettings.ts";

/** What a labeller did on the validation texts. */
export interface LabelLook {
  /** Mean over the labels that the model has. */
  readonly nats: number;
  /** Over all of them; one that the model does not have is wrong. */
  readonly accuracy: number;
}

export interface LabelPoint extends LabelLook {
  readonly elapsedSeconds: number;
  readonly passes: number;
  /** Mean since the last point. */
  readonly trainingNats: number;
  readonly unitsPerSecond: number;
}

export interface LabelRunProgress {
  /** Share of the run that is over, in [0, 1]. */
  readonly fraction: number;
  readonly trainingNats: number;
  readonly unitsPerSecond: number;
}

export interface LabellerRunContext extends PaceLimits {
  readonly model: Labeller;
  /** F */
  readonly fieldCount: number;
  readonly training: readonly LabelledSequence[];
  readonly validation: readonly LabelledSequence[];
  readonly seed: number;
  readonly clock: Pick<Clock, "nowMs">;
  readonly signal: AbortSignal;
  readonly pause: () => Promise<void>;
  readonly onPoint: (point: LabelPoint) => void;
  /** About once a second. */
  readonly onProgress: (progress: LabelRunProgress) => void;
}

export interface LabellerRunOutcome {
  readonly stopped: "budget" | "epochs" | "converged" | "cancelled" | "nonFinite";
  readonly seconds: number;
  readonly passes: number;
  readonly unitsPerSecond: number;
  /** Of the weights that are kept; null where there was no look. */
  readonly validation: LabelLook | null;
}

/** Sequences side by side, and places of a batch: what fits a processor's cache and a GPU's patience. */
export const LABEL_BATCHES = { laneCount: 32, cellCount: 8192 } as const;

/** A few texts go by fewer at a time, so that a pass has so many steps. */
const STEPS_PER_PASS = 10;
const LEARNING_RATE = 5e-3;
/** Share of the rate that is left at the end; in between it is half a cosine (Loshchilov and Hutter 2017). */
const FINAL_SHARE = 0.02;
const CLIP_NORM = 1;
/** Looks without anything better after which there is nothing to come; in between lie a pass and at least so many steps. */
const PATIENCE = 15;
const LEAST_STEPS = 20;

interface Taken extends TakenGradient {
  readonly nats: number;
  readonly gradients: readonly tf.Tensor[];
  readonly clipping: ClippingReport;
}

interface Since {
  readonly nats: number;
  /** Labels that counted. */
  readonly count: number;
  readonly units: number;
  readonly seconds: number;
  readonly steps: number;
}

const NOTHING: Since = { nats: 0, count: 0, units: 0, seconds: 0, steps: 0 };

/** Trains a labeller; afterwards it has the weights that were best on the validation texts. */
export class LabellerRun {
  readonly #context: LabellerRunContext;
  readonly #adam: Adam;
  readonly #pace: RunPace;
  readonly #lengths: readonly number[];
  #best: { readonly look: LabelLook; readonly weights: WeightMap } | null = null;
  #looksSinceBest = 0;
  #passes = 0;
  #units = 0;
  #stepSeconds = 0;
  #since = NOTHING;

  public constructor(context: LabellerRunContext) {
    this.#context = context;
    this.#pace = new RunPace(context, context.clock);
    this.#lengths = context.training.map(({ units }) => units.length / context.fieldCount);
    const { parameters, kernels } = context.model;
    this.#adam = new Adam(parameters, { ...DEFAULT_TRAINING_SETTINGS, beta2: 0.999, weightDecay: 0 }, kernels);
  }

  public async run(): Promise<LabellerRunOutcome> {
    try {
      const stopped = await this.#train();
      if (this.#best !== null) {
        this.#context.model.assignWeights(this.#best.weights);
      }
      return {
        stopped,
        seconds: this.#pace.elapsedSeconds(),
        passes: this.#passes,
        unitsPerSecond: this.#units / Math.max(this.#stepSeconds, 1e-9),
        validation: this.#best?.look ?? null,
      };
    } finally {
      this.#adam.dispose();
    }
  }

  async #train(): Promise<LabellerRunOutcome["stopped"]> {
    const { seed, signal, pause, epochs } = this.#context;
    const rng = createRng(seed);
    const laneCount = Math.min(LABEL_BATCHES.laneCount, Math.ceil(this.#lengths.length / STEPS_PER_PASS));
    for (let step = 0; ;) {
      const batches = planBatches(this.#lengths, { ...LABEL_BATCHES, laneCount }, rng);
      const firstPass = Math.round(this.#passes);
      for (const [index, indices] of batches.entries()) {
        if (signal.aborted) {
          return "cancelled";
        }
        const isOver = this.#fraction() >= 1;
        if (isOver) {
          await this.#look();
          return epochs !== null && this.#passes >= epochs - 1e-9 ? "epochs" : "budget";
        }
        if (!this.#step(indices, seed ^ Math.imul(++step, 0x9e3779b1))) {
          return "nonFinite";
        }
        this.#passes = firstPass + (index + 1) / batches.length;
        this.#tell();
        await pause();
      }
      if (this.#since.steps >= LEAST_STEPS && this.#fraction() < 1) {
        await this.#look();
        if (this.#looksSinceBest >= PATIENCE) {
          return "converged";
        }
      }
    }
  }

  /** One update on the mean loss of a batch; false where loss or gradient is not finite, and nothing was changed. */
  #step(indices: readonly number[], seed: number): boolean {
    const { model, training, fieldCount, clock } = this.#context;
    const beganMs = clock.nowMs();
    const sequences = indices.map((index) => training[index] as LabelledSequence);
    const batch = packSequences(sequences, { fieldCount, isEach: model.spec.head === "each" });
    const count = batch.weights.reduce((sum, weight) => sum + weight, 0);
    const [names, variables] = [[...model.parameters.keys()], [...model.parameters.values()]];
    const take = (): Taken => {
      let nats = 0;
      const gradients = tf.tidy(() => {
        const tensors = packTensors(batch);
        let kept: readonly tf.Tensor[] = [];
        const { value, grads } = tf.variableGrads(() => {
          const loss = model.loss(tensors, { dropoutRate: model.spec.dropout, seed });
          kept = loss.kept;
          return tf.div<tf.Scalar>(loss.nats, Math.max(count, 1));
        }, variables);
        nats = (value.dataSync()[0] ?? Number.NaN) * count;
        tf.dispose([...kept]);
        return variables.map(({ name }) => grads[name] as tf.Tensor);
      });
      const clipping = clipByGlobalNorm(gradients, { clipNorm: CLIP_NORM, kernels: model.kernels });
      const [isLossFinite, isGradientFinite] = [Number.isFinite(nats), Number.isFinite(clipping.normBefore)];
      return { nats, gradients, clipping, isLossFinite, isGradientFinite };
    };
    const { nats, gradients, clipping, isFinite } = takeGradient(model.kernels.lossScale, take, (overflown) => {
      tf.dispose([...overflown.gradients]);
    });
    if (isFinite) {
      this.#adam.update({
        gradients: new Map(names.map((name, index) => [name, gradients[index] as tf.Tensor])),
        learningRate: this.#rate(),
        gradientScale: clipping.scale,
      });
    }
    tf.dispose([...gradients]);
    const units = batch.lengths.reduce((sum, length) => sum + length, 0);
    this.#note({ nats, count, units, seconds: (clock.nowMs() - beganMs) / 1000 });
    return isFinite;
  }

  #note({ nats, count, units, seconds }: Omit<Since, "steps">): void {
    this.#units += units;
    this.#stepSeconds += seconds;
    const since = this.#since;
    this.#since = {
      nats: since.nats + nats,
      count: since.count + count,
      units: since.units + units,
      seconds: since.seconds + seconds,
      steps: since.steps + 1,
    };
  }

  /** Scores the validation texts, and keeps the weights that label them best; of equals those that are surer. */
  async #look(): Promise<void> {
    if (this.#since.steps === 0) {
      return;
    }
    const { model, validation, fieldCount, signal, pause, onPoint } = this.#context;
    const beganSeconds = this.#pace.elapsedSeconds();
    const scores = await scoreLabels(model, validation, { fieldCount, limits: LABEL_BATCHES, signal, pause });
    if (scores === null) {
      return;
    }
    const look = lookAt(validation, scores, model.spec.labelCount);
    const best = this.#best?.look;
    const isBest =
      best === undefined || look.accuracy > best.accuracy || (look.accuracy === best.accuracy && look.nats < best.nats);
    this.#looksSinceBest = isBest ? 0 : this.#looksSinceBest + 1;
    if (isBest) {
      this.#best = { look, weights: model.readWeights() };
    }
    onPoint({ ...look, ...this.#now(), elapsedSeconds: this.#pace.elapsedSeconds(), passes: this.#passes });
    this.#since = NOTHING;
    this.#pace.noteLook(beganSeconds);
  }

  #now(): { readonly trainingNats: number; readonly unitsPerSecond: number } {
    const { nats, count, units, seconds } = this.#since;
    return { trainingNats: nats / Math.max(count, 1), unitsPerSecond: units / Math.max(seconds, 1e-9) };
  }

  #tell(): void {
    if (this.#pace.isTellingDue()) {
      this.#context.onProgress({ fraction: this.#fraction(), ...this.#now() });
    }
  }

  #rate(): number {
    const cosine = 0.5 * (1 + Math.cos(Math.PI * this.#fraction()));
    return LEARNING_RATE * (FINAL_SHARE + (1 - FINAL_SHARE) * cosine);
  }

  #fraction(): number {
    return this.#pace.fraction(this.#passes);
  }
}

function lookAt(sequences: readonly LabelledSequence[], scores: readonly Float32Array[], K: number): LabelLook {
  let [nats, known, right, count] = [0, 0, 0, 0];
  sequences.forEach(({ labels }, index) => {
    labels.forEach((label, place) => {
      const row = (scores[index] as Float32Array).subarray(place * K, (place + 1) * K);
      count++;
      if (label >= 0) {
        known++;
        nats -= row[label] as number;
        right += likeliest(row) === label ? 1 : 0;
      }
    });
  });
  return { nats: nats / Math.max(known, 1), accuracy: right / Math.max(count, 1) };
}
