import type { NoticeEvent } from "../../protocol/engineMessages.ts";
import { encodeUtf8 } from "../../base/utf8.ts";
import { sha256 } from "../../node/sha256.ts";
import type { RawText } from "../family/splitText.ts";

/** What it means that two parts are one text; the gravest comes first. */
const MEANINGS = [
  ["training", "test", "so the figures say nothing of unseen text"],
  [
    "validation",
    "test",
    "so weights are chosen by what is scored, and the figures are better than those of unseen text",
  ],
  [
    "training",
    "validation",
    "so nothing tells when a model learns by heart, and weights are chosen as if that were good",
  ],
] as const;

/** What is said where one text has two roles in a comparison, under whatever names its files go; null where all differ. */
export function sameTextNotice(text: RawText): NoticeEvent | null {
  const digestOf = (part: (typeof MEANINGS)[number][0 | 1]): string => sha256([encodeUtf8(text[part].join("\n"))]);
  const digests = { training: digestOf("training"), validation: digestOf("validation"), test: digestOf("test") };
  const found = MEANINGS.find(([one, other]) => digests[one] === digests[other]);
  if (found === undefined) {
    return null;
  }
  const [one, other, meaning] = found;
  return {
    type: "notice",
    level: "warning",
    message: `Warning: the ${one} text and the ${other} text are the same, ${meaning}. Name files with different texts.`,
  };
}
