import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import * as tf from "@tensorflow/tfjs-core";
import { compileAssembly } from "../../scripts/lib/compileAssembly.mjs";
import { createFusedKernels } from "../../src/models/neural/fusedKernels.ts";
import type { NeuralKernels } from "../../src/models/neural/neuralKernels.ts";
import { registerShared, SHARED_BACKEND } from "../../src/models/neural/wasm/registerShared.ts";
import { SharedBackend } from "../../src/models/neural/wasm/sharedBackend.ts";
import { SharedHeap } from "../../src/models/neural/wasm/sharedHeap.ts";
import { createSharedOps } from "../../src/models/neural/wasm/sharedOps.ts";
import { instantiateTrainer } from "../../src/models/neural/wasm/trainerModule.ts";
import { createControl, WorkCrew } from "../../src/models/neural/wasm/workCrew.ts";
import { supportedTrainers, type TrainerFile } from "../../src/models/neural/wasmSupport.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const compiled = new Map<TrainerFile, Promise<WebAssembly.Module>>();

/** The trainer as this machine runs it, compiled from its source, so that tests never meet an old build. */
export function trainerModule(file: TrainerFile): Promise<WebAssembly.Module> {
  const validate = (bytes: Uint8Array<ArrayBuffer>): boolean => WebAssembly.validate(bytes);
  if (!supportedTrainers(validate).includes("trainer-relaxed.wasm")) {
    setFlagsFromString("--experimental-wasm-relaxed-simd"); // Node 20 has it behind this flag.
  }
  const known = compiled.get(file);
  const module = known ?? compileAssembly(root, file).then((bytes) => new WebAssembly.Module(bytes));
  compiled.set(file, module);
  return module;
}

export interface SharedTraining {
  readonly backend: SharedBackend;
  readonly kernels: NeuralKernels;
}

/**
 * A trainer in WebAssembly as tfjs's current backend.
 * @param partCount into how many parts work is cut; all of them are taken by this thread
 */
export async function useSharedTraining(file: TrainerFile, partCount: number): Promise<SharedTraining> {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 4096, shared: true });
  const { jobs, sizes } = instantiateTrainer(await trainerModule(file), memory);
  const crew = new WorkCrew(createControl(), jobs);
  crew.admitHelpers(partCount - 1);
  tf.enableProdMode(); // Else the plain backend tells, at each start, that there is a faster one.
  if (tf.engine().backendNames().includes(SHARED_BACKEND)) {
    tf.removeBackend(SHARED_BACKEND);
  }
  const backend = new SharedBackend(new SharedHeap(memory), crew, sizes);
  await registerShared(backend);
  return { backend, kernels: createFusedKernels(createSharedOps(backend)) };
}
