import type { BatchLanguageModel } from "../models/languageModel.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import { beamTokens } from "./beamTokens.ts";
import { DecodingTree } from "./decodingTree.ts";
import type { PieceIndex } from "./pieceIndex.ts";
import { type Sampler, sampleCover, sampleTokens } from "./sampling.ts";
import { coverTypedPrefix, cutTypedPrefix } from "./typedPrefix.ts";

/** A model that writes text. */
export interface WritingModel<S> {
  readonly model: BatchLanguageModel<S>;
  readonly vocabulary: Vocabulary;
  readonly pieces: PieceIndex;
}

export interface SampleOptions {
  /** Text at the start of a document, with `\n` for line ends; the sample goes on from it, and may finish its last word. */
  readonly prompt: string;
  readonly lengthTokens: number;
  readonly sampler: Sampler;
  /** Width of a beam search that writes in place of chance, behind the prompt's last word; null: none. */
  readonly beamWidth: number | null;
  /** Called with text as it comes; together it is the result. */
  readonly onText: (text: string) => void;
  /** Asked before every model step; once true, sampling ends. */
  readonly shouldStop: () => boolean;
}

/**
 * Samples what the model writes after a prompt, until the length or the document's end is reached. Yields after every model step.
 * @returns the text behind the prompt
 */
export function* sampleText<S>(
  { model, vocabulary, pieces }: WritingModel<S>,
  { prompt, lengthTokens, sampler, beamWidth, onText, shouldStop }: SampleOptions,
): Generator<void, string> {
  const { tokens, typedBytes } = cutTypedPrefix(vocabulary, prompt);
  let state = model.advance(model.initialState(), vocabulary.startId);
  for (const token of tokens) {
    if (shouldStop()) {
      return "";
    }
    state = model.advance(state, token);
    yield;
  }
  const decoder = new TextDecoder();
  let text = "";
  const emit = (bytes: Uint8Array): void => {
    const part = decoder.decode(bytes, { stream: true });
    if (part !== "") {
      text += part;
      onText(part);
    }
  };
  if (typedBytes.length > 0) {
    const tree = new DecodingTree(model, pieces, state);
    const front = yield* coverTypedPrefix(tree, { node: tree.root, typedBytes });
    if (front.mass > 0) {
      const { node, bytes } = sampleCover(tree, front, sampler);
      emit(bytes);
      state = yield* stateBehind(tree, node.token < 0 ? [] : pathTo(node));
    }
  }
  if (beamWidth !== null) {
    const options = { width: beamWidth, lengthTokens, shouldStop };
    (yield* beamTokens({ model, vocabulary }, state, options)).forEach((token) => {
      emit(vocabulary.pieceBytes(token));
    });
    return text;
  }
  let count = 0;
  for (const token of sampleTokens({ model, vocabulary }, state, sampler)) {
    if (count++ >= lengthTokens || shouldStop()) {
      break;
    }
    emit(vocabulary.pieceBytes(token));
    yield;
  }
  return text;
}

interface PathNode {
  readonly parent: PathNode | undefined;
  readonly token: number;
}

function pathTo(node: PathNode): readonly number[] {
  return node.parent === undefined ? [] : [...pathTo(node.parent), node.token];
}

function* stateBehind<S>(tree: DecodingTree<S>, path: readonly number[]): Generator<void, S> {
  const node = yield* tree.walk(tree.root, path);
  if (node.state === undefined) {
    throw new TypeError("Expected a walked node to have a state");
  }
  return node.state;
}
