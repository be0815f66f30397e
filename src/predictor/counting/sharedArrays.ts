import type { SegmentParts } from "../../models/counting/countSegment.ts";

type SharedKind = Uint16Array | Int32Array | Uint32Array;

/** The parts of a segment in memory that threads share, where there is such memory; so sending them costs nothing. */
export function shareParts(parts: SegmentParts): SegmentParts {
  return {
    text: share(parts.text),
    positions: share(parts.positions),
    successors: share(parts.successors),
    levels: parts.levels.map(({ size, starts, tokens, counts }) => ({
      size,
      starts: share(starts),
      tokens: share(tokens),
      counts: share(counts),
    })),
    firsts: parts.firsts === null ? null : share(parts.firsts),
    pairs: parts.pairs === null ? null : share(parts.pairs),
    starts: share(parts.starts),
    leads: share(parts.leads),
    hashes: share(parts.hashes),
    tokenCounts: share(parts.tokenCounts),
  };
}

function share<A extends SharedKind>(array: A): A {
  if (typeof SharedArrayBuffer === "undefined" || array.buffer instanceof SharedArrayBuffer) {
    return array;
  }
  const shared = new (array.constructor as new (buffer: SharedArrayBuffer) => A)(
    new SharedArrayBuffer(array.byteLength),
  );
  shared.set(array);
  return shared;
}
