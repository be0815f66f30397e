/** Files of `dist/wasm` with the decoder, by the instructions they use. */
export type DecoderFile = "decoder.wasm" | "decoder-relaxed.wasm";

/** Those with the trainer. */
export type TrainerFile = "trainer.wasm" | "trainer-relaxed.wasm";

/** Whether this machine's WebAssembly runs a module. */
export type Validate = (bytes: Uint8Array<ArrayBuffer>) => boolean;

/** The modules of the decoder that this machine's WebAssembly runs, the fastest first. */
export function supportedDecoders(validate: Validate): readonly DecoderFile[] {
  return supportedFiles(validate, { relaxed: "decoder-relaxed.wasm", plain: "decoder.wasm" });
}

/** The modules of the trainer that this machine's WebAssembly runs, the fastest first. */
export function supportedTrainers(validate: Validate): readonly TrainerFile[] {
  return supportedFiles(validate, { relaxed: "trainer-relaxed.wasm", plain: "trainer.wasm" });
}

function supportedFiles<F>(validate: Validate, { relaxed, plain }: { readonly relaxed: F; readonly plain: F }): F[] {
  const files: F[] = [];
  if (validate(probe([...SPLAT, ...SPLAT, ...SPLAT, 0xfd, 0x85, 0x02]))) {
    files.push(relaxed);
  }
  if (validate(probe(SPLAT))) {
    files.push(plain);
  }
  return files;
}

/** `i32.const 0`, `i8x16.splat`. */
const SPLAT: readonly number[] = [0x41, 0x00, 0xfd, 0x0f];

/** A module with one function `() → v128` of these instructions; 0xfd 0x85 0x02 above is `f32x4.relaxed_madd`. */
function probe(instructions: readonly number[]): Uint8Array<ArrayBuffer> {
  const body = [0x00, ...instructions, 0x0b];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // magic and version
    ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b], // type section: () → v128
    ...[0x03, 0x02, 0x01, 0x00], // function section
    ...[0x0a, body.length + 2, 0x01, body.length, ...body], // code section
  ]);
}
