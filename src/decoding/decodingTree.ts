import type { BatchLanguageModel } from "../models/languageModel.ts";
import type { PieceIndex } from "./pieceIndex.ts";

/** One sequence of tokens behind the tree's root, with what the model says after it, as far as it was asked. */
export class DecodingNode<S> {
  readonly #children = new Map<number, DecodingNode<S>>();
  public readonly parent: DecodingNode<S> | undefined;
  /** The last token; −1 at the root. */
  public readonly token: number;
  /** The model's state after the sequence, once computed. */
  public state: S | undefined;
  /** float64 [pieces + 1]: running sums of the next token's probabilities in the order of the piece index, once computed. */
  public sums: Float64Array | undefined;

  public constructor(parent: DecodingNode<S> | undefined, token: number) {
    this.parent = parent;
    this.token = token;
  }

  /** The node of one token more; the same each time. */
  public child(token: number): DecodingNode<S> {
    let child = this.#children.get(token);
    if (child === undefined) {
      child = new DecodingNode(this, token);
      this.#children.set(token, child);
    }
    return child;
  }

  /** The node of one token more, if it was asked for before. */
  public knownChild(token: number): DecodingNode<S> | undefined {
    return this.#children.get(token);
  }

  /** Copies the states of all that lies behind this node to another; what the model said there is left out. */
  public copyStatesTo(copy: DecodingNode<S>): void {
    copy.state = this.state;
    for (const [token, child] of this.#children) {
      if (child.state !== undefined) {
        child.copyStatesTo(copy.child(token));
      }
    }
  }

  /** Forgets all children but `kept`. */
  public keepOnly(kept: DecodingNode<S> | undefined): void {
    for (const [token, child] of this.#children) {
      if (child !== kept) {
        this.#children.delete(token);
      }
    }
  }
}

/**
 * What a model says after every token sequence that was asked for, each computed once. It is kept from key to key: what the user
 * types was mostly foreseen.
 */
export class DecodingTree<S> {
  public readonly root: DecodingNode<S>;
  public readonly pieces: PieceIndex;
  readonly #model: BatchLanguageModel<S>;
  #computedCount = 0;

  /** @param rootState the model's state where the tree begins */
  public constructor(model: BatchLanguageModel<S>, pieces: PieceIndex, rootState: S) {
    this.#model = model;
    this.pieces = pieces;
    this.root = new DecodingNode<S>(undefined, -1);
    this.root.state = rootState;
  }

  /** Number of model steps and distributions computed so far that are still held. */
  public get computedCount(): number {
    return this.#computedCount;
  }

  /** Goes from `node` along `tokens`, one model step for each that is new; yields after every step. */
  public *walk(node: DecodingNode<S>, tokens: ArrayLike<number>): Generator<void, DecodingNode<S>> {
    let at = node;
    for (let n = 0; n < tokens.length; n++) {
      at = at.child(tokens[n] as number);
      if (at.state === undefined) {
        this.#advance([at]);
        yield;
      }
    }
    return at;
  }

  /** Makes `state` and `sums` of all `nodes` known; the states of their parents are known already. */
  public evaluate(nodes: readonly DecodingNode<S>[]): void {
    this.#advance(nodes.filter(({ state }) => state === undefined));
    const waiting = nodes.filter(({ sums }) => sums === undefined);
    if (waiting.length === 0) {
      return;
    }
    const logProbabilities = waiting.map(() => new Float32Array(this.#model.vocabularySize));
    this.#model.logProbabilitiesAll(waiting.map(stateOf), logProbabilities);
    for (const [n, node] of waiting.entries()) {
      node.sums = runningSums(logProbabilities[n] as Float32Array, this.pieces.ids);
    }
    this.#computedCount += waiting.length;
  }

  /** The same states in a new tree, for when the model says something else about them; searches in this one go on undisturbed. */
  public withoutDistributions(): DecodingTree<S> {
    const copy = new DecodingTree(this.#model, this.pieces, stateOf(this.root));
    this.root.copyStatesTo(copy.root);
    copy.#computedCount = this.#computedCount;
    return copy;
  }

  /** Forgets everything but the path from the root to `node` and what lies behind it. */
  public keepPathTo(node: DecodingNode<S>): void {
    let kept: DecodingNode<S> = node;
    for (let at = node.parent; at !== undefined; kept = at, at = at.parent) {
      at.keepOnly(kept);
    }
    node.keepOnly(undefined);
    this.#computedCount = 0;
  }

  #advance(nodes: readonly DecodingNode<S>[]): void {
    if (nodes.length === 0) {
      return;
    }
    const parents = nodes.map(({ parent }) => stateOf(parent));
    const states = this.#model.advanceAll(
      parents,
      nodes.map(({ token }) => token),
    );
    for (const [n, node] of nodes.entries()) {
      node.state = states[n];
    }
    this.#computedCount += nodes.length;
  }
}

function stateOf<S>(node: DecodingNode<S> | undefined): S {
  if (node?.state === undefined) {
    throw new TypeError("Expected the state before a token to be known");
  }
  return node.state;
}

function runningSums(logProbabilities: Float32Array, ids: Int32Array): Float64Array {
  const sums = new Float64Array(ids.length + 1);
  for (let n = 0; n < ids.length; n++) {
    sums[n + 1] = (sums[n] as number) + Math.exp(logProbabilities[ids[n] as number] as number);
  }
  return sums;
}
