/**
 * Documents as the bytes of a file: the length of each as uint32, then the tokens of all, one after the other, as uint16;
 * little-endian, which is also what every platform of ours computes in. Views where that is possible.
 * @param documents token ids below 65,536
 */
export function documentParts(documents: readonly Uint16Array[]): {
  readonly chunks: readonly Uint8Array[];
  readonly documentCount: number;
  readonly tokenCount: number;
} {
  const lengths = Uint32Array.from(documents, ({ length }) => length);
  return {
    chunks: [lengths, ...documents].map(
      ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
    ),
    documentCount: documents.length,
    tokenCount: documents.reduce((sum, { length }) => sum + length, 0),
  };
}

/**
 * The documents out of the bytes of a file.
 * @param bytes whole, as its digest says
 * @returns views on one fresh copy
 */
export function splitDocumentBytes(bytes: Uint8Array, documentCount: number): readonly Uint16Array[] {
  // A file's bytes may start anywhere in a shared buffer, views only at multiples of their width.
  const { buffer } = new Uint8Array(bytes);
  const lengths = new Uint32Array(buffer, 0, documentCount);
  const tokens = new Uint16Array(buffer, lengths.byteLength);
  let end = 0;
  return Array.from(lengths, (length) => {
    end += length;
    return tokens.subarray(end - length, end);
  });
}
