import * as tf from "@tensorflow/tfjs-core";
import type { LaneBatch } from "../batches/laneBatches.ts";
import type { WeightMap } from "../models/neural/networkSpec.ts";
import { type CarriedState, disposeCarried, type TrainableModel } from "../models/neural/trainableModel.ts";
import { Adam } from "./adam.ts";
import { clipByGlobalNorm, clipByValue, type ClippingReport } from "./gradientClipping.ts";
import type { Optimizer } from "./optimizer.ts";
import { ScheduledSampling } from "./scheduledSampling.ts";
import { freeOnFailure } from "../models/neural/freeOnFailure.ts";
import type { StepTimes } from "./stepTimes.ts";
import { takeGradient, type TakenGradient } from "./takeGradient.ts";
import type { TrainingSettings } from "./trainingSettings.ts";
import { windowTensors } from "./windowTensors.ts";

/** Fewer tokens stand for the others badly, and a vocabulary of so few has nothing to save. */
const LEAST_SAMPLE = 64;

/** How one step is to be done. */
export interface StepOptions {
  readonly learningRate: number;
  /** In [0, 1); 0 for no dropout. */
  readonly dropoutRate: number;
  /** Decides which units are dropped. */
  readonly seed: number;
}

/** What one step saw and did. */
export interface StepReport {
  /** Nats over all counted targets of the window, before the update. */
  readonly nats: number;
  readonly targetCount: number;
  readonly clipping: ClippingReport;
  /** False where the loss or the gradient is not finite; then nothing was changed. */
  readonly isFinite: boolean;
}

interface Differentiated {
  readonly nats: number;
  readonly targetCount: number;
  readonly next: CarriedState;
  readonly gradients: ReadonlyMap<string, tf.Tensor>;
}

interface Clipped extends Differentiated, TakenGradient {
  readonly clipping: ClippingReport;
}

/** Everything a trainer needs to go on where another stopped. */
export interface TrainerSnapshot {
  readonly optimizer: WeightMap;
  readonly optimizerStep: number;
  /** What the model carries, by its names: for an LSTM `h/0`, `c/0`, … float32 [B, H] */
  readonly carried: WeightMap;
}

/** Where training differs from the default. */
export interface TrainerOptions {
  /** Owned by the trainer; default: Adam with the settings. */
  readonly optimizer?: Optimizer;
  /** Largest magnitude of an element of the gradient, in place of the largest norm. */
  readonly clipValue?: number;
  /** Share of the inputs that are the true tokens; the others are the model's own. Default: 1. */
  readonly teacherForcing?: number;
  /** Is told what each part of a step takes; borrowed. */
  readonly times?: StepTimes;
}

/** Truncated BPTT: each step reads one window, carries the state on, clips and updates. Owns optimizer and state. */
export class Trainer {
  readonly #model: TrainableModel;
  readonly #settings: TrainingSettings;
  readonly #optimizer: Optimizer;
  readonly #clipValue: number | null;
  readonly #times: StepTimes | undefined;
  readonly #sampling: ScheduledSampling | null;
  #state: CarriedState;

  /** @param model borrowed; its parameters are changed in place */
  public constructor(model: TrainableModel, settings: TrainingSettings, options: TrainerOptions = {}) {
    this.#model = model;
    this.#settings = settings;
    this.#optimizer = options.optimizer ?? new Adam(model.parameters, settings, model.kernels);
    this.#clipValue = options.clipValue ?? null;
    this.#times = options.times;
    const { teacherForcing = 1 } = options;
    this.#sampling = teacherForcing === 1 ? null : new ScheduledSampling(model, teacherForcing);
    this.#state = model.initialState(settings.laneCount);
  }

  /** One optimizer update on the mean loss of the window's counted targets. */
  public step(batch: LaneBatch, options: StepOptions): StepReport {
    this.#times?.enter("input");
    const fed = this.#sampling?.mix(batch, { state: this.#state, seed: options.seed }) ?? batch;
    const { nats, targetCount, next, gradients, clipping, isFinite } = this.#takeGradient(fed, options);
    if (isFinite) {
      try {
        this.#optimizer.update({ gradients, learningRate: options.learningRate, gradientScale: clipping.scale });
      } catch (error) {
        tf.dispose([...gradients.values()]);
        disposeCarried(next);
        throw error;
      }
    }
    // A state that is not finite would spoil every later step.
    disposeCarried(isFinite ? this.#state : next);
    this.#state = isFinite ? next : this.#state;
    tf.dispose([...gradients.values()]);
    this.#times?.enter("host");
    return { nats, targetCount, clipping, isFinite };
  }

  /** A copy of what is carried from step to step, parameters aside. */
  public snapshot(): TrainerSnapshot {
    const carried = new Map(
      [...this.#state].map(([name, tensor]) => [name, Float32Array.from(tensor.dataSync())] as const),
    );
    return { optimizer: this.#optimizer.read(), optimizerStep: this.#optimizer.step, carried };
  }

  /** Goes on from a snapshot; a carried state of another shape (other lanes) begins at zero instead. */
  public restore(snapshot: TrainerSnapshot): void {
    this.#optimizer.restore(snapshot.optimizer, snapshot.optimizerStep);
    const found = [...this.#state].map(([name, { shape, size }]) => ({
      name,
      shape,
      size,
      values: snapshot.carried.get(name),
    }));
    if (found.every(({ values, size }) => values?.length === size)) {
      disposeCarried(this.#state);
      this.#state = new Map(
        found.map(({ name, values, shape }) => [
          name,
          tf.keep(tf.tensor((values as Float32Array).slice(), shape, "float32")),
        ]),
      );
    }
  }

  /** Forgets what is carried from step to step, parameters aside: moments and state. */
  public reset(): void {
    this.#optimizer.reset();
    this.#sampling?.reset();
    disposeCarried(this.#state);
    this.#state = this.#model.initialState(this.#settings.laneCount);
  }

  public dispose(): void {
    this.#optimizer.dispose();
    disposeCarried(this.#state);
  }

  #takeGradient(batch: LaneBatch, options: StepOptions): Clipped & { readonly isFinite: boolean } {
    const take = (): Clipped => {
      const { gradients: raw, ...taken } = freeOnFailure(() => this.#differentiate(batch, options));
      this.#times?.enter("update");
      const { clipping, gradients } = this.#clip(raw);
      const [isLossFinite, isGradientFinite] = [Number.isFinite(taken.nats), Number.isFinite(clipping.normBefore)];
      return { ...taken, gradients, clipping, isLossFinite, isGradientFinite };
    };
    return takeGradient(this.#model.kernels.lossScale, take, ({ gradients, next }) => {
      tf.dispose([...gradients.values()]);
      disposeCarried(next);
      this.#times?.enter("input");
    });
  }

  #clip(gradients: Differentiated["gradients"]): {
    readonly clipping: ClippingReport;
    readonly gradients: Differentiated["gradients"];
  } {
    const { kernels } = this.#model;
    if (this.#clipValue !== null) {
      return clipByValue(gradients, { clipValue: this.#clipValue, kernels });
    }
    const { clipNorm } = this.#settings;
    return { clipping: clipByGlobalNorm([...gradients.values()], { clipNorm, kernels }), gradients };
  }

  #differentiate(batch: LaneBatch, { dropoutRate, seed }: StepOptions): Differentiated {
    const { vocabularySize } = this.#model;
    const sampleCount = Math.max(LEAST_SAMPLE, Math.round(this.#settings.softmaxShare * vocabularySize));
    const names = [...this.#model.parameters.keys()];
    const variables = [...this.#model.parameters.values()];
    let next: CarriedState | undefined;
    let nats = 0;
    let targetCount = 0;
    const gradients = tf.tidy(() => {
      const window = windowTensors(batch, { vocabularySize, sampleCount, seed });
      targetCount = window.targetCount;
      // Each target's share of the mean, so that gradients come as those of the mean and are not multiplied once more.
      const weights = tf.div<tf.Tensor1D>(window.weights, Math.max(targetCount, 1));
      let mean: tf.Scalar | undefined;
      const result = tf.variableGrads(() => {
        this.#times?.enter("forward");
        const loss = this.#model.windowLoss({ ...window, weights }, this.#state, { dropoutRate, seed });
        next = loss.state;
        mean = tf.keep(loss.nats);
        const minimised = loss.penalty === null ? loss.nats : tf.add<tf.Scalar>(loss.nats, loss.penalty);
        this.#times?.enter("backward");
        return minimised;
      }, variables);
      nats = ((mean as unknown as tf.Scalar).dataSync()[0] ?? Number.NaN) * targetCount;
      tf.dispose(mean);
      return variables.map((variable) => result.grads[variable.name] as tf.Tensor);
    });
    return {
      nats,
      targetCount,
      next: next as unknown as CarriedState,
      gradients: new Map(names.map((name, index) => [name, gradients[index] as tf.Tensor])),
    };
  }
}
