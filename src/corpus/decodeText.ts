export type TextEncoding = "utf8" | "utf16le" | "utf16be" | "windows1252";

/** What bytes say: a text without byte order mark and with `\n` as its only line end, or that they are not text. */
export type DecodedText =
  { readonly kind: "text"; readonly text: string; readonly encoding: TextEncoding } | { readonly kind: "binary" };

/**
 * The text that bytes hold: by byte order mark, then UTF-8, then UTF-16 without a mark as its zero bytes betray it, and
 * Windows-1252 (of which Latin-1's printable characters are a part) as a last resort.
 * @param bytes a whole file; borrowed
 */
export function decodeText(bytes: Uint8Array): DecodedText {
  const marked = encodingByMark(bytes);
  if (marked === "unsupported") {
    return { kind: "binary" };
  }
  if (marked !== undefined) {
    return asText(decodeAs(bytes, marked), marked);
  }
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  if (sample.includes(0)) {
    const unmarked = guessUtf16(sample);
    return unmarked === undefined ? { kind: "binary" } : asText(decodeAs(bytes, unmarked), unmarked);
  }
  if (controlShare(sample) > MAX_CONTROL_SHARE) {
    return { kind: "binary" };
  }
  // A zero byte beyond the sample: the head of such a file is text, and what follows is not.
  if (bytes.includes(0)) {
    return { kind: "binary" };
  }
  const strict = decodeStrictUtf8(bytes);
  if (strict !== undefined) {
    return asText(strict, "utf8");
  }
  const encoding = isBrokenUtf8(bytes) ? "utf8" : "windows1252";
  return asText(decodeAs(bytes, encoding), encoding);
}

/** Whether the first bytes of a file cannot be the beginning of a text, so that the rest need not be read. */
export function looksBinary(head: Uint8Array): boolean {
  const sample = head.subarray(0, SAMPLE_BYTES);
  const marked = encodingByMark(sample);
  if (marked !== undefined) {
    return marked === "unsupported";
  }
  return sample.includes(0) ? guessUtf16(sample) === undefined : controlShare(sample) > MAX_CONTROL_SHARE;
}

/** The text with `\n` as its only line end. */
export function normalizeLineEnds(text: string): string {
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

/** How much of a file's beginning decides whether it is text; git looks at the first 8,000 bytes. */
export const SAMPLE_BYTES = 8192;

/** Text has escape sequences and form feeds now and then; of random bytes, one in ten is a control character. */
const MAX_CONTROL_SHARE = 0.02;

function asText(decoded: string, encoding: TextEncoding): DecodedText {
  if (controlShare(decoded.slice(0, SAMPLE_BYTES)) > MAX_CONTROL_SHARE) {
    return { kind: "binary" };
  }
  return { kind: "text", text: normalizeLineEnds(decoded), encoding };
}

function encodingByMark(bytes: Uint8Array): TextEncoding | "unsupported" | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) {
    return "utf8";
  }
  if (a === 0xff && b === 0xfe) {
    return c === 0 && d === 0 ? "unsupported" : "utf16le"; // UTF-32 begins as UTF-16 does
  }
  if (a === 0xfe && b === 0xff) {
    return "utf16be";
  }
  return a === 0 && b === 0 && c === 0xfe && d === 0xff ? "unsupported" : undefined;
}

function decodeAs(bytes: Uint8Array, encoding: TextEncoding): string {
  switch (encoding) {
    case "utf8":
      return new TextDecoder("utf-8").decode(bytes);
    case "utf16le":
      return new TextDecoder("utf-16le").decode(bytes);
    case "utf16be":
      return new TextDecoder("utf-16le").decode(swapPairs(bytes));
    case "windows1252":
      return decodeWindows1252(bytes);
  }
}

function decodeStrictUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function swapPairs(bytes: Uint8Array): Uint8Array {
  const swapped = new Uint8Array(bytes.length);
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    swapped[i] = bytes[i + 1] ?? 0;
    swapped[i + 1] = bytes[i] ?? 0;
  }
  return swapped.subarray(0, bytes.length - (bytes.length % 2));
}

/**
 * UTF-16 without a mark: line ends, spaces and ASCII letters have their zero byte on one side only, and what comes out
 * has neither control characters nor halves of surrogate pairs.
 */
function guessUtf16(sample: Uint8Array): "utf16le" | "utf16be" | undefined {
  const evenLength = sample.length - (sample.length % 2);
  let evenZeros = 0;
  let oddZeros = 0;
  for (let i = 0; i < evenLength; i += 2) {
    evenZeros += sample[i] === 0 ? 1 : 0;
    oddZeros += sample[i + 1] === 0 ? 1 : 0;
  }
  if (evenZeros > 0 && oddZeros > 0) {
    return undefined;
  }
  const encoding = oddZeros > 0 ? "utf16le" : "utf16be";
  // At the sample's end a pair may be cut in half.
  const text = decodeAs(sample.subarray(0, evenLength), encoding).slice(0, -1);
  const isPlausible = oddZeros + evenZeros >= evenLength / 100 && !/[\uFFFD\uE000-\uF8FF\uFFFE\uFFFF]/.test(text);
  return isPlausible && controlShare(text) <= MAX_CONTROL_SHARE ? encoding : undefined;
}

/** Control characters that text has no use for, as a share of all units; 0 for nothing. */
function controlShare(units: Uint8Array | string): number {
  let controlCount = 0;
  for (let i = 0; i < units.length; i++) {
    const unit = typeof units === "string" ? units.charCodeAt(i) : (units[i] ?? 0);
    // Tab to carriage return, and escape for colours, are text; 0x80 to 0x9f are controls in decoded text only.
    const isControl = unit < 0x20 ? (unit < 8 || unit > 13) && unit !== 0x1b : unit === 0x7f;
    const isHighControl = typeof units === "string" && unit >= 0x80 && unit < 0xa0 && unit !== 0x85;
    controlCount += isControl || isHighControl ? 1 : 0;
  }
  return units.length === 0 ? 0 : controlCount / units.length;
}

/**
 * Whether bytes that are not valid UTF-8 are UTF-8 all the same, damaged in places (cut in the middle of a character, or
 * with a few foreign bytes pasted in): whole sequences by chance are rare, for they need a lead byte before each run of
 * continuation bytes.
 */
function isBrokenUtf8(bytes: Uint8Array): boolean {
  let wholeCount = 0;
  let brokenCount = 0;
  for (let i = 0; i < bytes.length;) {
    const lead = bytes[i] ?? 0;
    const length = sequenceLength(lead);
    let end = i + 1;
    while (end < i + length && ((bytes[end] ?? 0) & 0xc0) === 0x80) {
      end++;
    }
    if (length > 1 && end === i + length) {
      wholeCount++;
    } else if (length !== 1) {
      brokenCount++;
    }
    i = end;
  }
  return wholeCount > 4 * brokenCount;
}

/** How many bytes a UTF-8 sequence that begins so has; 0 where none begins so. */
function sequenceLength(lead: number): number {
  if (lead < 0x80) {
    return 1;
  }
  if (lead < 0xc2 || lead > 0xf4) {
    return 0;
  }
  if (lead < 0xe0) {
    return 2;
  }
  return lead < 0xf0 ? 3 : 4;
}

/** What Windows-1252 has where Latin-1 has control characters; five places are free and stay controls (WHATWG Encoding). */
const WINDOWS_1252_HIGH =
  "\u20AC\u0081\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\u008D\u017D\u008F" +
  "\u0090\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\u009D\u017E\u0178";

function decodeWindows1252(bytes: Uint8Array): string {
  const units = new Uint16Array(bytes.length);
  for (const [i, byte] of bytes.entries()) {
    units[i] = byte >= 0x80 && byte < 0xa0 ? WINDOWS_1252_HIGH.charCodeAt(byte - 0x80) : byte;
  }
  return new TextDecoder("utf-16le", { ignoreBOM: true }).decode(units);
}
