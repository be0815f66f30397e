import { createHash } from "node:crypto";

/** The SHA-256 digest, in hex, of `chunks` one after the other; the chunks are borrowed. */
export function sha256(chunks: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const chunk of chunks) {
    hash.update(chunk);
  }
  return hash.digest("hex");
}
