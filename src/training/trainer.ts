import * as tf from "@tensorflow/tfjs-core";
import type { LaneBatch } from "../batches/laneBatches.ts";
import type { WeightMap } from "../models/neural/networkSpec.ts";
import {
  disposeState,
  type ForwardOptions,
  type NetworkState,
  type RecurrentNetwork,
} from "../models/neural/recurrentNetwork.ts";
import { Adam } from "./adam.ts";
import { createDropoutMasks } from "./dropout.ts";
import { clipByGlobalNorm, type ClippingReport } from "./gradientClipping.ts";
import type { TrainingSettings } from "./trainingSettings.ts";
import { windowTensors } from "./windowTensors.ts";

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
  readonly next: NetworkState;
  readonly gradients: ReadonlyMap<string, tf.Tensor>;
}

/** Everything a trainer needs to go on where another stopped. */
export interface TrainerSnapshot {
  readonly optimizer: WeightMap;
  readonly optimizerStep: number;
  /** `h/0`, `c/0`, … float32 [B, H] */
  readonly carried: WeightMap;
}

/** Truncated BPTT: each step reads one window, carries the state on, clips and updates. Owns optimizer and state. */
export class Trainer {
  readonly #network: RecurrentNetwork;
  readonly #settings: TrainingSettings;
  readonly #optimizer: Adam;
  #state: NetworkState;

  /** @param network borrowed; its parameters are changed in place */
  public constructor(network: RecurrentNetwork, settings: TrainingSettings) {
    this.#network = network;
    this.#settings = settings;
    this.#optimizer = new Adam(network.parameters, settings, network.kernels);
    this.#state = network.zeroState(settings.laneCount);
  }

  /** One optimizer update on the mean loss of the window's counted targets. */
  public step(batch: LaneBatch, options: StepOptions): StepReport {
    const { nats, targetCount, next, gradients } = this.#differentiate(batch, options);
    const clipping = clipByGlobalNorm([...gradients.values()], {
      clipNorm: this.#settings.clipNorm,
      kernels: this.#network.kernels,
    });
    const isFinite = Number.isFinite(nats) && Number.isFinite(clipping.normBefore);
    if (isFinite) {
      this.#optimizer.update({ gradients, learningRate: options.learningRate, gradientScale: clipping.scale });
    }
    // A state that is not finite would spoil every later step.
    disposeState(isFinite ? this.#state : next);
    this.#state = isFinite ? next : this.#state;
    tf.dispose([...gradients.values()]);
    return { nats, targetCount, clipping, isFinite };
  }

  /** A copy of what is carried from step to step, parameters aside. */
  public snapshot(): TrainerSnapshot {
    const carried = new Map<string, Float32Array>();
    for (const [layer, { h, c }] of this.#state.entries()) {
      carried.set(`h/${layer}`, Float32Array.from(h.dataSync()));
      carried.set(`c/${layer}`, Float32Array.from(c.dataSync()));
    }
    return { optimizer: this.#optimizer.read(), optimizerStep: this.#optimizer.step, carried };
  }

  /** Goes on from a snapshot; a carried state of another shape (other lanes) begins at zero instead. */
  public restore(snapshot: TrainerSnapshot): void {
    this.#optimizer.restore(snapshot.optimizer, snapshot.optimizerStep);
    const shape: [number, number] = [this.#settings.laneCount, this.#network.spec.hiddenSize];
    const layers = this.#state.map(
      (_, layer) => [snapshot.carried.get(`h/${layer}`), snapshot.carried.get(`c/${layer}`)] as const,
    );
    if (layers.every(([h, c]) => h?.length === shape[0] * shape[1] && c?.length === h.length)) {
      disposeState(this.#state);
      const tensor = (values: Float32Array | undefined): tf.Tensor2D =>
        tf.keep(tf.tensor2d((values as Float32Array).slice(), shape));
      this.#state = layers.map(([h, c]) => ({ h: tensor(h), c: tensor(c) }));
    }
  }

  /** Forgets what is carried from step to step, parameters aside: moments and state. */
  public reset(): void {
    this.#optimizer.reset();
    disposeState(this.#state);
    this.#state = this.#network.zeroState(this.#settings.laneCount);
  }

  public dispose(): void {
    this.#optimizer.dispose();
    disposeState(this.#state);
  }

  #differentiate(batch: LaneBatch, { dropoutRate, seed }: StepOptions): Differentiated {
    const names = [...this.#network.parameters.keys()];
    const variables = [...this.#network.parameters.values()];
    let next: NetworkState | undefined;
    let nats = 0;
    let targetCount = 0;
    const gradients = tf.tidy(() => {
      const window = windowTensors(batch);
      targetCount = window.targetCount;
      const { layerCount, hiddenSize } = this.#network.spec;
      const { laneCount } = batch;
      const options: ForwardOptions =
        dropoutRate === 0
          ? {}
          : { dropoutMasks: createDropoutMasks({ rate: dropoutRate, seed, layerCount, laneCount, hiddenSize }) };
      const result = tf.variableGrads(() => {
        const output = this.#network.forward(window.input, this.#state, options);
        next = output.state;
        return tf.div<tf.Scalar>(this.#network.loss(output.rows, window), Math.max(targetCount, 1));
      }, variables);
      nats = (result.value.dataSync()[0] ?? Number.NaN) * targetCount;
      return variables.map((variable) => result.grads[variable.name] as tf.Tensor);
    });
    return {
      nats,
      targetCount,
      next: next as unknown as NetworkState,
      gradients: new Map(names.map((name, index) => [name, gradients[index] as tf.Tensor])),
    };
  }
}
