/**
 * The arithmetic of training a recurrent network in WebAssembly SIMD. AssemblyScript, not TypeScript: compiled twice, with and
 * without relaxed SIMD. All threads have an instance of their own over one shared memory; a job is called once for each of
 * its parts, `part` of `parts`, by whichever thread has time. Places are byte offsets, sizes count elements; float32 matrices
 * are row-major.
 */
export { adam } from "./training/adam";
export { addProduct, productScratch } from "./training/addProduct";
export { crossEntropy, crossEntropyGradient } from "./training/crossEntropy";
export { sigmoid, sumParts, sumSquares, tanh } from "./training/elementwise";
export { lstmForward, lstmScratch } from "./training/lstm";
export { lstmBackward, lstmGradientScratch } from "./training/lstmGradient";
export { packMatrix } from "./training/packMatrix";
export { packedBytes } from "./training/packing";
export { pickRows, repeatRow, scatterRows, sumRows } from "./training/rows";
export { softmaxLoss, softmaxScratch } from "./training/softmaxLoss";
