/** How far a byte sequence is inside a UTF-8 character: continuation bytes to come, and the range of the next one. */
export interface Utf8Progress {
  readonly missingCount: number;
  readonly low: number;
  readonly high: number;
}

/** Between characters. */
export const UTF8_COMPLETE: Utf8Progress = { missingCount: 0, low: 0, high: 0 };

/** The progress after `byte`, or `undefined` where it cannot stand there: table 3-7 of the Unicode Standard. */
export function advanceUtf8({ missingCount, low, high }: Utf8Progress, byte: number): Utf8Progress | undefined {
  if (missingCount > 0) {
    return byte >= low && byte <= high ? continuing(missingCount - 1) : undefined;
  }
  if (byte < 0x80) {
    return UTF8_COMPLETE;
  }
  if (byte < 0xc2 || byte > 0xf4) {
    return undefined;
  }
  if (byte < 0xe0) {
    return continuing(1);
  }
  if (byte < 0xf0) {
    return continuing(2, byte === 0xe0 ? 0xa0 : 0x80, byte === 0xed ? 0x9f : 0xbf);
  }
  return continuing(3, byte === 0xf0 ? 0x90 : 0x80, byte === 0xf4 ? 0x8f : 0xbf);
}

function continuing(missingCount: number, low = 0x80, high = 0xbf): Utf8Progress {
  return missingCount === 0 ? UTF8_COMPLETE : { missingCount, low, high };
}
