import fc from "fast-check";

/** Text as it can stand before a caret: code, all of Unicode, halves of surrogate pairs, long runs. */
export const trickyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        ..." |  |\n|\t|a|get|B|HTTP|Server|_|__|1|23|4567|=|(|'|);|漢|字|か|😀|\ud83d|\ude00|é|ï|—|─|\u00a0|\r|\0|.".split(
          "|",
        ),
        " ".repeat(15),
        "=".repeat(15),
        "x".repeat(31),
        "字".repeat(15),
        "Q".repeat(30),
      ),
      { maxLength: 16 },
    )
    .map((parts) => parts.join("")),
);

/** `text` as UTF-8 can hold it. */
export function withoutLoneSurrogates(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}
