import * as tf from "@tensorflow/tfjs-core";
import { setThreadsCount, setWasmPaths, version_wasm } from "@tensorflow/tfjs-backend-wasm";

/**
 * Makes tfjs's WebAssembly backend the current one: needs nothing but the files of the npm package.
 * @param directory absolute path of the folder with `tfjs-backend-wasm*.wasm`, ending in a separator
 * @returns the backend's version
 */
export async function loadPortable(directory: string): Promise<string> {
  setWasmPaths(directory);
  // Its threads are web workers, which Node does not have.
  setThreadsCount(1);
  if (!(await tf.setBackend("wasm"))) {
    throw new Error(`tfjs could not start its WebAssembly backend from ${directory}`);
  }
  return version_wasm;
}
