import { codePointUtf8Length, scalarValueAt } from "../base/utf8.ts";
import type { Vocabulary } from "./vocabulary.ts";

/**
 * Where the tokens of a text end in it, in UTF-16 units: behind the last character that each completes, so that the part of a character ends where
 * the token before it does. A character that the vocabulary does not know is one token.
 * @param ids what `encode` gave for the text, with END behind it or not
 */
export function tokenEnds(
  text: string,
  ids: ArrayLike<number>,
  vocabulary: Pick<Vocabulary, "endId" | "startId" | "pieceBytes">,
): Int32Array {
  const ends = new Int32Array(ids.length);
  let end = 0;
  let pendingBytes = 0;
  for (let index = 0; index < ids.length; index++) {
    const id = ids[index] as number;
    const byteCount = vocabulary.pieceBytes(id).length;
    if (byteCount === 0 && id !== vocabulary.endId && id !== vocabulary.startId && end < text.length) {
      end += unitsAt(text, end);
    }
    pendingBytes += byteCount;
    while (end < text.length) {
      const bytes = codePointUtf8Length(scalarValueAt(text, end));
      if (bytes > pendingBytes) {
        break;
      }
      pendingBytes -= bytes;
      end += unitsAt(text, end);
    }
    ends[index] = end;
  }
  return ends;
}

function unitsAt(text: string, utf16Offset: number): number {
  return scalarValueAt(text, utf16Offset) > 0xffff ? 2 : 1;
}
