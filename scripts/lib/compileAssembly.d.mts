export type AssemblyModule = "decoder.wasm" | "decoder-relaxed.wasm" | "trainer.wasm" | "trainer-relaxed.wasm";
export const assemblyModules: Readonly<Record<AssemblyModule, object>>;
export function compileAssembly(root: string, name: AssemblyModule): Promise<Uint8Array<ArrayBuffer>>;
