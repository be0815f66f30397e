import type { CountIndex } from "../counting/countIndex.ts";
import type { LocalCounts } from "../counting/localCounts.ts";
import type { Neighbourhood } from "../counting/neighbourhood.ts";
import { extendHistory, type TokenHistory } from "../counting/tokenHistory.ts";
import type { BatchLanguageModel } from "../languageModel.ts";
import type { RecurrentState } from "../neural/recurrentKernel.ts";
import { ContextSource } from "./contextSource.ts";
import { DEFAULT_GATE } from "./defaultGate.ts";
import { Evidence } from "./evidence.ts";
import { contextKind, fillNumbers, type GateFacts } from "./gateFeatures.ts";
import { gateOf, type GateParameters } from "./gateParameters.ts";
import { GeometricMix, type GeometricSources } from "./geometricMix.ts";
import { LinearGate } from "./linearGate.ts";
import { NestedCounts } from "./nestedCounts.ts";
import { type FollowerSource, PlaceExpert } from "./placeExpert.ts";
import { type TrustScope, TrustTable } from "./trustTable.ts";

/** A document as far as the mixture has read it. Immutable. */
export interface MixtureState {
  /** What the counts look up. */
  readonly history: TokenHistory | null;
  /** What the network carries; null where there is no network. */
  readonly recurrent: RecurrentState | null;
}

/** What is near, in space and in time; see `Neighbourhood`. */
export type NearCounts = Pick<Neighbourhood, "folder" | "places" | "recent">;

export interface MixtureOptions {
  /** V */
  readonly vocabularySize: number;
  readonly startId: number;
  /** The workspace. What is learnt and forgotten there meanwhile counts at once. */
  readonly counts: CountIndex | null;
  /** What is being read, likewise; not to be in `counts` as well, or its words count twice. */
  readonly local: LocalCounts | null;
  /** The files around what is being read and what was written lately, which may be in `counts` too; default: not looked at. */
  readonly near?: NearCounts | null;
  /** [V]; see `tokenKinds`; default: all of one kind. Borrowed. */
  readonly kinds?: Uint8Array;
  readonly lstm: BatchLanguageModel<RecurrentState> | null;
  /** Null for `DEFAULT_GATE`. Copied. */
  readonly gate: GateParameters | null;
}

/** What the experts, each by itself, gave to the token that came; null for those that there are not. */
export interface ExpertProbabilities {
  readonly mixture: number;
  /** Workspace and local counts as one nested model. */
  readonly counts: number | null;
  /** The same with what followed similar places of the document. */
  readonly places: number | null;
  readonly lstm: number | null;
}

/**
 * The experts that there are, mixed by how much each is to be trusted here: Σ gₑ(context) · pₑ over the nested counts, the network and the geometric mean
 * of the two and of what single contexts add to them, with g a softmax of a linear function of match lengths, counts, and the experts' agreement. Normalised by construction;
 * with the network alone it is the network, with counts alone it is the counts, and without any it is uniform.
 *
 * START, which is never predicted, has −∞ unless there is a network.
 */
export class MixtureModel implements BatchLanguageModel<MixtureState> {
  readonly vocabularySize: number;
  readonly #options: MixtureOptions;
  /** Owned and learnt in by the parts below. */
  readonly #learnt: Parameters<typeof gateOf>[0];
  readonly #nested: NestedCounts | null;
  readonly #places: PlaceExpert | null;
  readonly #near: readonly PlaceExpert[];
  readonly #kinds: Uint8Array;
  readonly #geometric: GeometricMix;
  readonly #linear: LinearGate;
  readonly #counted: Float64Array;
  readonly #countedLogs: Float64Array;
  readonly #neural: Float64Array;
  readonly #neuralLogs: Float64Array;
  readonly #mean: Float64Array;
  readonly #sources: GeometricSources;
  readonly #scratch: Float32Array;
  /** Whose distribution the arrays hold. */
  #evaluated: MixtureState | undefined;

  public constructor(options: MixtureOptions) {
    const { vocabularySize, startId, counts, local, near = null, lstm, gate } = options;
    this.vocabularySize = vocabularySize;
    this.#options = options;
    const { trust, emphasis, leanings, powers, weights } = gate ?? DEFAULT_GATE;
    this.#learnt = {
      trust: Float64Array.from(trust),
      emphasis: Float64Array.from(emphasis),
      leanings: Float64Array.from(leanings),
      powers: Float64Array.from(powers),
      weights: Float64Array.from(weights),
    };
    const isCounting = counts !== null || local !== null || near !== null || lstm === null;
    const table = new TrustTable(this.#learnt.trust);
    this.#nested = isCounting ? new NestedCounts({ vocabularySize, startId, counts, local, trust: table }) : null;
    const expert = (source: FollowerSource, scope: TrustScope): PlaceExpert =>
      new PlaceExpert(source, { vocabularySize, trust: table, scope });
    const places = local?.places ?? null;
    this.#places = places === null ? null : expert(places, "place");
    this.#near =
      near === null
        ? []
        : [
            expert(near.places, "nearPlace"),
            expert(new ContextSource(near.folder), "folder"),
            expert(new ContextSource(near.recent), "recent"),
          ];
    this.#kinds = options.kinds ?? new Uint8Array(vocabularySize);
    this.#geometric = new GeometricMix(this.#learnt);
    this.#linear = new LinearGate(this.#learnt.weights);
    const distribution = (): Float64Array => new Float64Array(vocabularySize);
    this.#counted = distribution();
    this.#countedLogs = distribution();
    this.#neural = distribution();
    this.#neuralLogs = distribution();
    this.#mean = distribution();
    this.#sources = { neural: this.#neuralLogs, counted: this.#countedLogs, startId, evidence: new Evidence() };
    this.#scratch = new Float32Array(vocabularySize);
  }

  /** What has been learnt about the experts so far; a copy. */
  public get gate(): GateParameters {
    return gateOf(this.#learnt);
  }

  public initialState(before: readonly number[] = []): MixtureState {
    return { history: null, recurrent: this.#options.lstm?.initialState(before) ?? null };
  }

  public advance(state: MixtureState, token: number): MixtureState {
    const { lstm, startId } = this.#options;
    const history = extendHistory(state.history, token, startId);
    // Alone, for a network tells who reads on from the branches of a search.
    return { history, recurrent: lstm?.advance(state.recurrent ?? lstm.initialState(), token) ?? null };
  }

  public advanceAll(states: readonly MixtureState[], tokens: readonly number[]): readonly MixtureState[] {
    const { lstm, startId } = this.#options;
    const recurrent = lstm?.advanceAll(this.#recurrentStates(states, lstm), tokens);
    return states.map(({ history }, index) => ({
      history: extendHistory(history, tokens[index] as number, startId),
      recurrent: recurrent?.[index] ?? null,
    }));
  }

  public logProbabilities(state: MixtureState, out: Float32Array): void {
    this.logProbabilitiesAll([state], [out]);
  }

  public logProbabilitiesAll(states: readonly MixtureState[], out: readonly Float32Array[]): void {
    const { lstm } = this.#options;
    lstm?.logProbabilitiesAll(this.#recurrentStates(states, lstm), out);
    for (const [index, state] of states.entries()) {
      this.#mixInto(out[index] as Float32Array, state);
    }
  }

  /**
   * What the experts give to the token that came after a state; learns nothing. Cheap right after `logProbabilities` of the same
   * state, as long as the counts are what they were then.
   */
  public assess(state: MixtureState, token: number): ExpertProbabilities {
    if (this.#evaluated !== state) {
      this.logProbabilities(state, this.#scratch);
    }
    const counts = this.#nested === null ? null : (this.#counted[token] as number);
    const lstm = this.#options.lstm === null ? null : (this.#neural[token] as number);
    const { evidence } = this.#sources;
    const places =
      counts === null || lstm === null || this.#places === null
        ? null
        : this.#places.probability(token, { counted: counts, evidence });
    return { mixture: this.#mixed(token), counts, places, lstm };
  }

  /**
   * Learns how far to trust the experts from the token that came after a state. To be called once for each token that was read, before it is
   * counted anywhere, and not for tokens that were only thought of.
   */
  public observe(state: MixtureState, token: number): ExpertProbabilities {
    const assessed = this.assess(state, token);
    this.#evaluated = undefined;
    if (token === this.#options.startId) {
      return assessed;
    }
    this.#nested?.learn(token);
    if (assessed.counts !== null && assessed.lstm !== null) {
      this.#linear.learn([assessed.counts, assessed.lstm, this.#mean[token] as number]);
      this.#geometric.learn(token, this.#sources, this.#mean);
      this.#places?.learn(token, this.#sources.evidence);
      for (const expert of this.#near) {
        expert.learn(token, this.#sources.evidence);
      }
    }
    return assessed;
  }

  #recurrentStates(
    states: readonly MixtureState[],
    lstm: BatchLanguageModel<RecurrentState>,
  ): readonly RecurrentState[] {
    return states.map(({ recurrent }) => recurrent ?? lstm.initialState());
  }

  /** @param out the network's logarithms, where there is one; overwritten by the mixture's */
  #mixInto(out: Float32Array, state: MixtureState): void {
    const isNeural = this.#options.lstm !== null;
    if (isNeural) {
      for (let token = 0; token < out.length; token++) {
        const log = out[token] as number;
        this.#neuralLogs[token] = log;
        this.#neural[token] = Math.exp(log);
      }
    }
    this.#evaluated = state;
    if (this.#nested === null) {
      return;
    }
    this.#nested.evaluate(state.history);
    this.#nested.fill(this.#counted, this.#countedLogs);
    if (!isNeural) {
      out.set(this.#countedLogs);
      return;
    }
    this.#weigh(this.#nested, state);
    const [counted, neural, mean] = this.#linear.shares as unknown as readonly [number, number, number];
    for (let token = 0; token < out.length; token++) {
      out[token] = Math.log(
        counted * (this.#counted[token] as number) +
          neural * (this.#neural[token] as number) +
          mean * (this.#mean[token] as number),
      );
    }
  }

  /** Fills the mean and the shares for the distributions in place. */
  #weigh(nested: NestedCounts, { history }: MixtureState): void {
    const { workspaceMatch, localMatch } = nested;
    const { evidence } = this.#sources;
    evidence.clear();
    nested.addEvidence(evidence);
    this.#places?.addEvidence(history, this.#counted, evidence);
    for (const expert of this.#near) {
      expert.addEvidence(history, this.#counted, evidence);
    }
    const best = (token: number): GateFacts["countedBest"] => ({
      token,
      counted: this.#counted[token] as number,
      neural: this.#neural[token] as number,
    });
    const countedBest = best(argumentOfMost(this.#counted));
    const neuralBest = best(argumentOfMost(this.#neural));
    const kind = contextKind(workspaceMatch.depth, localMatch.depth);
    const tokenKind = this.#kinds[history?.token ?? this.#options.startId] as number;
    this.#geometric.fill(this.#sources, { kind, tokenKind, sureness: countedBest.counted }, this.#mean);
    const tokenIndex = history?.tokenIndex ?? 0;
    fillNumbers({ workspaceMatch, localMatch, countedBest, neuralBest, tokenIndex }, this.#linear.numbers);
    this.#linear.evaluate(kind);
  }

  #mixed(token: number): number {
    if (this.#nested === null) {
      return this.#neural[token] as number;
    }
    if (this.#options.lstm === null) {
      return this.#counted[token] as number;
    }
    const [counted, neural, mean] = this.#linear.shares as unknown as readonly [number, number, number];
    return (
      counted * (this.#counted[token] as number) +
      neural * (this.#neural[token] as number) +
      mean * (this.#mean[token] as number)
    );
  }
}

function argumentOfMost(values: Float64Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) {
    if ((values[index] as number) > (values[best] as number)) {
      best = index;
    }
  }
  return best;
}
