export const decoderModules: Readonly<Record<"decoder.wasm" | "decoder-relaxed.wasm", readonly string[]>>;
export function compileDecoder(root: string, name: keyof typeof decoderModules): Promise<Uint8Array<ArrayBuffer>>;
