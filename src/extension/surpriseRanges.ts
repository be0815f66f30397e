import type { TextPosition, TextRange } from "../protocol/predictorMessages.ts";
import type { SurpriseSpan } from "../protocol/surpriseMessages.ts";
import { bitsOf, SURPRISE_STEPS, surpriseLines, surpriseStep } from "../protocol/surpriseWords.ts";

/** A text that was read, with lines ended by one unit each, and how surprising its tokens are as far as it was read. */
export interface ReadText {
  readonly text: string;
  readonly spans: readonly SurpriseSpan[];
}

/** The ranges of each step of colour, from 1 on; neighbours of one step are one range. */
export function surpriseRanges({ text, spans }: ReadText): readonly (readonly TextRange[])[] {
  const ranges: TextRange[][] = SURPRISE_STEPS.map(() => []);
  const placeOf = positions(text);
  let begin = 0;
  for (let index = 0; index < spans.length;) {
    const step = stepOf(spans, index);
    let end = begin;
    for (; index < spans.length && stepOf(spans, index) === step; index++) {
      end = (spans[index] as SurpriseSpan).end;
    }
    if (step > 0 && end > begin) {
      ranges[step - 1]?.push({ start: placeOf(begin), end: placeOf(end) });
    }
    begin = end;
  }
  return ranges;
}

/** What is said of the token that holds a character; null behind all that was read. */
export function surpriseAt(
  { text, spans }: ReadText,
  utf16Offset: number,
): { readonly lines: readonly string[]; readonly range: TextRange } | null {
  const index = spans.findIndex(({ end }) => end > utf16Offset);
  const span = spans[index];
  if (span === undefined) {
    return null;
  }
  const begin = spans[index - 1]?.end ?? 0;
  const placeOf = positions(text);
  return {
    lines: surpriseLines({ ...span, text: text.slice(begin, span.end), isEnd: false }),
    range: { start: placeOf(begin), end: placeOf(span.end) },
  };
}

/** A token of several that are one character is as surprising as the last of them. */
function stepOf(spans: readonly SurpriseSpan[], index: number): number {
  return surpriseStep(bitsOf(spans[index] as SurpriseSpan));
}

/** Positions of offsets that never go back. */
function positions(text: string): (utf16Offset: number) => TextPosition {
  let [line, lineStart] = [0, 0];
  return (utf16Offset) => {
    for (let next = text.indexOf("\n", lineStart); next >= 0 && next < utf16Offset;) {
      line++;
      lineStart = next + 1;
      next = text.indexOf("\n", lineStart);
    }
    return { line, column: utf16Offset - lineStart };
  };
}
