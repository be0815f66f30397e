/**
 * A 128-bit digest of a text as 32 hex digits: MurmurHash3_x86_128 (Appleby 2011) over its UTF-16 code units, low byte
 * first. Two different texts meet by accident only; it resists nobody who makes them meet on purpose.
 */
export function hashText(text: string, seed = 0): string {
  const state = new Uint32Array([seed, seed, seed, seed]);
  const wholeUnits = text.length - (text.length % 8);
  for (let i = 0; i < wholeUnits; i += 8) {
    mixBlock(state, text, i);
  }
  mixTail(state, text.slice(wholeUnits));
  return finish(state, text.length * 2);
}

/** A 32-bit number that depends on the whole text, every bit on every code unit: FNV-1a with Murmur's last mix. */
export function hashWord(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  }
  return mixWord(h);
}

/** Murmur3's `fmix32`: a bijection of 32-bit numbers in which every input bit reaches every output bit. */
export function mixWord(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

// The constants are those of the reference implementation, smhasher's MurmurHash3.cpp.
const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;

function wordAt(text: string, index: number): number {
  return text.charCodeAt(index) | (text.charCodeAt(index + 1) << 16);
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function mixBlock(state: Uint32Array, text: string, start: number): void {
  let [h1 = 0, h2 = 0, h3 = 0, h4 = 0] = state;
  h1 ^= Math.imul(rotate(Math.imul(wordAt(text, start), C1), 15), C2);
  h1 = (Math.imul(rotate(h1, 19) + h2, 5) + 0x561ccd1b) | 0;
  h2 ^= Math.imul(rotate(Math.imul(wordAt(text, start + 2), C2), 16), C3);
  h2 = (Math.imul(rotate(h2, 17) + h3, 5) + 0x0bcaa747) | 0;
  h3 ^= Math.imul(rotate(Math.imul(wordAt(text, start + 4), C3), 17), C4);
  h3 = (Math.imul(rotate(h3, 15) + h4, 5) + 0x96cd1c35) | 0;
  h4 ^= Math.imul(rotate(Math.imul(wordAt(text, start + 6), C4), 18), C1);
  h4 = (Math.imul(rotate(h4, 13) + h1, 5) + 0x32ac3b17) | 0;
  state[0] = h1;
  state[1] = h2;
  state[2] = h3;
  state[3] = h4;
}

function mixTail(state: Uint32Array, tail: string): void {
  const words = [0, 0, 0, 0];
  for (let i = 0; i < tail.length; i++) {
    words[i >> 1] = (words[i >> 1] ?? 0) | (tail.charCodeAt(i) << (16 * (i & 1)));
  }
  const [k1 = 0, k2 = 0, k3 = 0, k4 = 0] = words;
  const [h1 = 0, h2 = 0, h3 = 0, h4 = 0] = state;
  state[3] = h4 ^ Math.imul(rotate(Math.imul(k4, C4), 18), C1);
  state[2] = h3 ^ Math.imul(rotate(Math.imul(k3, C3), 17), C4);
  state[1] = h2 ^ Math.imul(rotate(Math.imul(k2, C2), 16), C3);
  state[0] = h1 ^ Math.imul(rotate(Math.imul(k1, C1), 15), C2);
}

function finish(state: Uint32Array, byteCount: number): string {
  let words = [...state].map((h) => h ^ byteCount);
  const spread = (all: readonly number[]): number[] => {
    const [h1 = 0, h2 = 0, h3 = 0, h4 = 0] = all;
    const sum = (h1 + h2 + h3 + h4) | 0;
    return [sum, h2 + sum, h3 + sum, h4 + sum].map((h) => h | 0);
  };
  words = spread(spread(words).map((h) => mixWord(h) | 0));
  return words.map((h) => (h >>> 0).toString(16).padStart(8, "0")).join("");
}
