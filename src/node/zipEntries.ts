import { inflateRawSync } from "node:zlib";

const END_SIGNATURE = 0x0605_4b50;
const ENTRY_SIGNATURE = 0x0201_4b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_HEADER_BYTES = 30;
/** The comment behind the end record has a length of 16 bits. */
const MAX_COMMENT_BYTES = 0xffff;

/**
 * The files in a zip archive by their names; undefined where `archive` is none, or uses what few do (encryption, zip64, other
 * methods than store and deflate).
 */
export function readZipEntries(archive: Uint8Array): ReadonlyMap<string, Uint8Array> | undefined {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = findEnd(bytes);
  if (end === undefined) {
    return undefined;
  }
  const entries = new Map<string, Uint8Array>();
  const count = bytes.readUInt16LE(end + 10);
  let offset = bytes.readUInt32LE(end + 16);
  for (let index = 0; index < count; index++) {
    if (offset + ENTRY_BYTES > bytes.length || bytes.readUInt32LE(offset) !== ENTRY_SIGNATURE) {
      return undefined;
    }
    const nameBytes = bytes.readUInt16LE(offset + 28);
    const content = readEntry(bytes, offset);
    if (content === undefined) {
      return undefined;
    }
    entries.set(bytes.toString("utf8", offset + ENTRY_BYTES, offset + ENTRY_BYTES + nameBytes), content);
    offset += ENTRY_BYTES + nameBytes + bytes.readUInt16LE(offset + 30) + bytes.readUInt16LE(offset + 32);
  }
  return entries;
}

/** Where the end record begins; it is the last thing in the archive but for a comment. */
function findEnd(bytes: Buffer): number | undefined {
  const last = bytes.length - END_BYTES;
  for (let offset = last; offset >= Math.max(0, last - MAX_COMMENT_BYTES); offset--) {
    if (bytes.readUInt32LE(offset) === END_SIGNATURE) {
      return offset;
    }
  }
  return undefined;
}

function readEntry(bytes: Buffer, offset: number): Uint8Array | undefined {
  const isEncrypted = (bytes.readUInt16LE(offset + 8) & 1) === 1;
  const method = bytes.readUInt16LE(offset + 10);
  const packedBytes = bytes.readUInt32LE(offset + 20);
  const header = bytes.readUInt32LE(offset + 42);
  if (isEncrypted || header + LOCAL_HEADER_BYTES > bytes.length) {
    return undefined;
  }
  const start = header + LOCAL_HEADER_BYTES + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
  const packed = bytes.subarray(start, start + packedBytes);
  if (method === 0) {
    return packed;
  }
  try {
    return method === 8 ? inflateRawSync(packed) : undefined;
  } catch {
    return undefined;
  }
}
