import { DecodingTree } from "../decoding/decodingTree.ts";
import { cutTypedPrefix } from "../decoding/typedPrefix.ts";
import type { MixtureState } from "../models/mixture/mixtureModel.ts";
import type { DocumentWindow } from "./contextTrail.ts";
import type { CaretState } from "./documentContext.ts";
import type { LoadedModel } from "./loadedModel.ts";

/** A longer line is not read for something that may never be asked. */
const MAX_LINE_CHARS = 1_000;

export interface ForeseenText {
  readonly document: string;
  /** Up to the caret. */
  readonly window: DocumentWindow;
  /** What may come behind it. */
  readonly text: string;
}

/**
 * Where the model would stand if `text` stood behind the caret; yields after every model step. What has been read of the document is
 * left as it is, so that the next key finds it so: the caret's line is read again.
 * @returns undefined where what stands above the line has not been read, or the line is giant
 */
export function* readBehind(
  model: LoadedModel,
  { document, window, text }: ForeseenText,
): Generator<void, CaretState<MixtureState> | undefined> {
  const { reading } = model;
  const lineStart = window.text.lastIndexOf("\n") + 1;
  const line = window.text.slice(lineStart) + text;
  let state = line.length > MAX_LINE_CHARS ? undefined : model.context(document).stateAt(window, lineStart);
  if (state === undefined) {
    return undefined;
  }
  const lines = line.split("\n");
  const last = lines.pop() ?? "";
  for (const whole of lines) {
    for (const token of reading.vocabulary.encode(`${whole}\n`)) {
      state = reading.model.advance(state, token);
      yield;
    }
  }
  const tree = new DecodingTree(reading.model, reading.pieces, state);
  const { tokens, typedBytes } = cutTypedPrefix(reading.vocabulary, last);
  return { tree, node: yield* tree.walk(tree.root, tokens), typedBytes };
}
