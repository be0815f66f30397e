import { parentPort, workerData } from "node:worker_threads";
import { instantiateTrainer } from "../models/neural/wasm/trainerModule.ts";
import { helpCrew, reportLoss } from "../models/neural/wasm/workCrew.ts";
import type { HelperData } from "./trainerHelpers.ts";

const { module, memory, control } = workerData as HelperData;

// Nothing else tells a thread that sleeps until this one is done.
process.once("exit", () => {
  reportLoss(control);
});
const { jobs } = instantiateTrainer(module, memory);
parentPort?.postMessage("ready");
helpCrew(control, jobs);
