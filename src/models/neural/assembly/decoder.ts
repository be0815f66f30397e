/**
 * The arithmetic of a recurrent network in WebAssembly SIMD. AssemblyScript, not TypeScript: compiled twice, with and without
 * relaxed SIMD. Memory is the caller's and is given as byte offsets, all of them multiples of 16; sizes are filled up to multiples of
 * eight, and the memory behind it with zeros.
 */
export { addProducts } from "./addProducts";
export { addQuantizedProducts } from "./addQuantizedProducts";
export { applyCells } from "./applyCells";
export { applyGru } from "./applyGru";
export { applyRnn } from "./applyRnn";
export { logSoftmax } from "./logSoftmax";
export { quantizeVectors } from "./quantizeVectors";
