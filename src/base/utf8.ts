/** What a lone surrogate becomes. */
const REPLACEMENT_CODE_POINT = 0xfffd;

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The UTF-8 bytes of `text`; a lone surrogate becomes U+FFFD. Written out because the platform's encoder, whose results
 * are the same, takes five times as long for the few bytes of a piece.
 * @returns the caller owns it
 */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  let length = 0;
  for (let utf16Offset = 0; utf16Offset < text.length;) {
    const codePoint = scalarValueAt(text, utf16Offset);
    utf16Offset += codePoint > 0xffff ? 2 : 1;
    length = writeCodePoint(codePoint, bytes, length);
  }
  return bytes;
}

/** Number of UTF-8 bytes of `text`; a lone surrogate counts as the three bytes of U+FFFD. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let utf16Offset = 0; utf16Offset < text.length; utf16Offset++) {
    const unit = text.charCodeAt(utf16Offset);
    if (unit >= 0x80) {
      length += unit >= 0x800 ? 2 : 1;
      if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(utf16Offset + 1))) {
        // Two units, four bytes: one unit and two bytes are counted, one unit more was in `text.length` from the start.
        utf16Offset++;
      }
    }
  }
  return length;
}

/** Number of UTF-8 bytes of one code point. */
export function codePointUtf8Length(codePoint: number): number {
  if (codePoint < 0x80) {
    return 1;
  }
  if (codePoint < 0x800) {
    return 2;
  }
  return codePoint < 0x10000 ? 3 : 4;
}

/**
 * The text of UTF-8 bytes: every maximal piece of a malformed or unfinished sequence becomes one U+FFFD, and a byte order
 * mark stays.
 */
export function decodeUtf8(bytes: ArrayLike<number>): string {
  return DECODER.decode(Uint8Array.from(bytes));
}

/** The code point that begins at `utf16Offset`; U+FFFD for a lone surrogate. */
export function scalarValueAt(text: string, utf16Offset: number): number {
  const unit = text.charCodeAt(utf16Offset);
  if (unit < 0xd800 || unit > 0xdfff) {
    return unit;
  }
  const next = text.charCodeAt(utf16Offset + 1);
  if (isHighSurrogate(unit) && isLowSurrogate(next)) {
    return 0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00);
  }
  return REPLACEMENT_CODE_POINT;
}

/** Whether a UTF-16 unit is the first half of a pair. */
export function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/**
 * Writes the UTF-8 bytes of one scalar value.
 * @returns the offset behind them
 */
export function writeCodePoint(codePoint: number, bytes: Uint8Array, byteOffset: number): number {
  let end = byteOffset;
  if (codePoint < 0x80) {
    bytes[end++] = codePoint;
    return end;
  }
  if (codePoint < 0x800) {
    bytes[end++] = 0xc0 | (codePoint >> 6);
  } else {
    if (codePoint < 0x10000) {
      bytes[end++] = 0xe0 | (codePoint >> 12);
    } else {
      bytes[end++] = 0xf0 | (codePoint >> 18);
      bytes[end++] = 0x80 | ((codePoint >> 12) & 0x3f);
    }
    bytes[end++] = 0x80 | ((codePoint >> 6) & 0x3f);
  }
  bytes[end++] = 0x80 | (codePoint & 0x3f);
  return end;
}

/** `unit` may be NaN, as `charCodeAt` gives behind the end. */
function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
