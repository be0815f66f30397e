import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import type { Log } from "../base/ports.ts";
import { createFusedKernels } from "../models/neural/fusedKernels.ts";
import type { NeuralKernels } from "../models/neural/neuralKernels.ts";
import { portableKernels } from "../models/neural/portableKernels.ts";
import { registerShared } from "../models/neural/wasm/registerShared.ts";
import { SharedBackend } from "../models/neural/wasm/sharedBackend.ts";
import { SharedHeap } from "../models/neural/wasm/sharedHeap.ts";
import { createSharedOps } from "../models/neural/wasm/sharedOps.ts";
import { instantiateTrainer } from "../models/neural/wasm/trainerModule.ts";
import { createControl, WorkCrew } from "../models/neural/wasm/workCrew.ts";
import { supportedTrainers, type TrainerFile, type Validate } from "../models/neural/wasmSupport.ts";
import { startTrainerHelpers } from "./trainerHelpers.ts";

export interface PortableContext {
  readonly log: Log;
  /** The bytes of a module in `dist/wasm`. */
  readonly readWasm: (file: TrainerFile) => Uint8Array<ArrayBuffer>;
  /** The bundle of `helperWorker.ts`. */
  readonly helperPath: string;
  /** Threads that compute, this one among them. */
  readonly threadCount: number;
  readonly validate?: Validate;
}

/** In 64 KiB: all that 32 bits can address, which is reserved and not taken. */
const MAX_PAGES = 65_535;

/**
 * Makes a backend that needs nothing but this process the current one of tfjs: WebAssembly in memory that this thread shares with
 * helper threads, or plain JavaScript where there is no SIMD or no shared memory.
 */
export async function loadPortable(context: PortableContext): Promise<NeuralKernels> {
  tf.enableProdMode();
  const { log, validate = (bytes: Uint8Array<ArrayBuffer>) => WebAssembly.validate(bytes) } = context;
  const [file] = supportedTrainers(validate);
  let reason = "this processor or this Node has no WebAssembly SIMD";
  if (file !== undefined) {
    try {
      return await openShared(new WebAssembly.Module(context.readWasm(file)), context);
    } catch (error) {
      reason = String(error);
    }
  }
  log.write("warning", `Training runs in plain JavaScript, which is very slow: ${reason}.`);
  await tf.setBackend("cpu");
  return portableKernels;
}

async function openShared(module: WebAssembly.Module, context: PortableContext): Promise<NeuralKernels> {
  const { log, helperPath, threadCount } = context;
  const memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared: true });
  const control = createControl();
  const { jobs, sizes } = instantiateTrainer(module, memory);
  const crew = new WorkCrew(control, jobs);
  const backend = new SharedBackend(new SharedHeap(memory), crew, sizes);
  await registerShared(backend);
  const helperCount = await startTrainerHelpers({
    path: helperPath,
    count: threadCount - 1,
    data: { module, memory, control },
    log,
    onLoss: () => {
      crew.dismissHelpers();
    },
  });
  crew.admitHelpers(helperCount);
  return createFusedKernels(createSharedOps(backend));
}
