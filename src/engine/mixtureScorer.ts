import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import { readDocument, type Reader } from "../evaluation/readDocument.ts";
import { type PlacedDocument, Surroundings } from "../evaluation/surroundings.ts";
import { perplexityOf, spelledBitsPerByteOf } from "../evaluation/tally.ts";
import { CountIndex } from "../models/counting/countIndex.ts";
import { LocalCounts } from "../models/counting/localCounts.ts";
import { Neighbourhood } from "../models/counting/neighbourhood.ts";
import { PlaceContexts } from "../models/counting/placeContexts.ts";
import { type AdaptedProbabilities, AdaptiveNetwork } from "../models/mixture/adaptiveNetwork.ts";
import { DynamicBias } from "../models/mixture/dynamicBias.ts";
import { MixtureModel } from "../models/mixture/mixtureModel.ts";
import { tokenKinds } from "../models/mixture/tokenKinds.ts";
import { NeuralCache } from "../models/mixture/neuralCache.ts";
import type { CreateKernel } from "../models/neural/openKernel.ts";
import { RecurrentDecoder } from "../models/neural/recurrentDecoder.ts";
import type { WeightPrecision } from "../models/neural/weightPrecision.ts";
import type { EvaluateResult } from "../protocol/engineMessages.ts";
import type { Adaptation, ExpertFigures } from "../protocol/expertFigures.ts";
import { countUnknown } from "../tokens/countUnknown.ts";
import { restoreVocabulary } from "../tokens/restoreVocabulary.ts";
import { tokenTexts } from "../tokens/tokenTexts.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";

/** A token that was scored; the distribution is borrowed until the next one. */
export interface TracedToken {
  readonly token: number;
  readonly logProbabilities: Float32Array;
  /** Of all together and of each by itself, as in the sums; null for what there is not. */
  readonly nats: {
    readonly mixture: number;
    readonly counts: number | null;
    readonly cache: number | null;
    readonly lstm: number | null;
  };
}

export interface ScoredModel {
  readonly checkpoint: Checkpoint;
  readonly startId: number;
  /** What the counts are of; null where there are to be no counts. */
  readonly training: readonly PlacedDocument[] | null;
  /** Whether nothing is learnt from what was scored. */
  readonly isFrozen: boolean;
  /** How the network's weights are held; as the predictor holds them where it is not given. */
  readonly weights?: WeightPrecision | undefined;
  /** Ways in which the network learns from what it reads; default: none. */
  readonly adaptations?: readonly Adaptation[] | undefined;
  /** Is told of every token; without it nobody is. */
  readonly onToken?: ((token: TracedToken) => void) | undefined;
}

/** Documents counted between two chances to do something else. */
const CHUNK_DOCUMENTS = 64;

/** Sums up how well a mixture and its experts foresee documents that are read one after another. */
export class MixtureScorer {
  readonly #scored: ScoredModel;
  readonly #vocabulary: Vocabulary;
  readonly #counts: CountIndex | null;
  readonly #reader: Reader;
  /** Null where nothing is learnt from what was read. */
  readonly #surroundings: Surroundings | null;
  /** The workspace's counts by themselves. */
  readonly #plain: MixtureModel | null;
  /** What stands for the network in the mixture; null where that is the network itself. */
  readonly #adaptive: AdaptiveNetwork | null;
  readonly #nats = { mixture: 0, cache: 0, places: 0, lstm: 0, counts: 0, dynamic: 0, cached: 0 };
  #tokens = 0;
  #unknownTokens = 0;
  #firstCount = 0;
  #reciprocalRankSum = 0;

  public constructor(scored: ScoredModel, createKernel: CreateKernel) {
    const { checkpoint, startId, training, isFrozen } = scored;
    const { spec, gate } = checkpoint;
    const { vocabularySize } = spec;
    this.#scored = scored;
    this.#vocabulary = restoreVocabulary(checkpoint.vocabulary);
    const counts = training === null ? null : new CountIndex({ vocabularySize, startId });
    const texts = tokenTexts(this.#vocabulary);
    const kinds = tokenKinds(texts);
    const placeContexts = new PlaceContexts(texts);
    const remembering = training === null || isFrozen ? null : { vocabularySize, startId, placeContexts };
    const local = remembering === null ? null : new LocalCounts(remembering);
    const near = remembering === null ? null : new Neighbourhood(remembering);
    this.#surroundings = near === null ? null : new Surroundings(near, training ?? []);
    const network = new RecurrentDecoder(createKernel(spec, checkpoint.weights, scored.weights));
    this.#adaptive = adaptiveNetwork(network, { scored, hiddenSize: spec.hiddenSize });
    const lstm = this.#adaptive ?? network;
    this.#counts = counts;
    this.#reader = {
      model: new MixtureModel({ vocabularySize, startId, counts, local, near, lstm, gate, kinds }),
      startId,
      counts,
      local,
      isLearning: !isFrozen,
    };
    this.#plain =
      counts === null ? null : new MixtureModel({ vocabularySize, startId, counts, local: null, lstm: null, gate });
  }

  /** Counts the training documents; to be run through before the first score. Pauses between chunks. */
  public *countTraining(): Generator<void, void> {
    for (const [index, document] of (this.#scored.training ?? []).entries()) {
      this.#counts?.learn(document.tokens);
      if (index % CHUNK_DOCUMENTS === 0) {
        yield;
      }
    }
    this.#counts?.settle();
  }

  /**
   * Scores a document token by token; yields how many tokens were scored so far, in all. One that is among the training documents is taken
   * out of the counts while it is scored.
   */
  public *score({ path, tokens: document }: PlacedDocument): Generator<number, void> {
    const { startId, isFrozen, training } = this.#scored;
    this.#unknownTokens += countUnknown(document, this.#vocabulary);
    let state = this.#plain?.advance(this.#plain.initialState(), startId);
    const isTrained = training?.some(({ tokens }) => areEqual(tokens, document)) === true;
    if (isTrained) {
      this.#counts?.forget(document);
    }
    for (const work = this.#surroundings?.enter({ path, tokens: document }); work?.next().done === false;) {
      yield this.#tokens;
    }
    for (const { token, state: place, logProbabilities, probabilities } of readDocument(document, this.#reader)) {
      const { mixture, counts, places, lstm } = probabilities;
      let plain: number | null = null;
      this.#nats.mixture -= Math.log(mixture);
      this.#nats.cache -= Math.log(counts ?? 1);
      this.#nats.places -= Math.log(places ?? 1);
      const { recurrent } = place;
      if (this.#adaptive === null || recurrent === null) {
        this.#nats.lstm -= Math.log(lstm ?? 1);
      } else {
        this.#addAdapted(isFrozen ? this.#adaptive.assess(recurrent, token) : this.#adaptive.observe(recurrent, token));
      }
      if (this.#plain !== null && state !== undefined) {
        const alone = isFrozen ? this.#plain.assess(state, token) : this.#plain.observe(state, token);
        plain = -Math.log(alone.mixture);
        this.#nats.counts += plain;
        state = this.#plain.advance(state, token);
      }
      this.#addRank(logProbabilities, token);
      this.#tokens++;
      const natsOf = (probability: number | null): number | null =>
        probability === null ? null : -Math.log(probability);
      const nats = { mixture: -Math.log(mixture), counts: plain, cache: natsOf(counts), lstm: natsOf(lstm) };
      this.#scored.onToken?.({ token, logProbabilities, nats });
      yield this.#tokens;
    }
    this.#surroundings?.leave({ path, tokens: document });
    if (isTrained && isFrozen) {
      this.#counts?.learn(document);
    }
  }

  /**
   * The figures so far.
   * @param bytes that the tokens scored stand for
   */
  public result(bytes: number): EvaluateResult {
    const read = { tokens: this.#tokens, unknownTokens: this.#unknownTokens, bytes };
    const figures = (nats: number): ExpertFigures => ({ nats, bitsPerByte: spelledBitsPerByteOf({ ...read, nats }) });
    const tally = { ...read, nats: this.#nats.mixture };
    const { adaptations = [] } = this.#scored;
    return {
      ...tally,
      perplexity: perplexityOf(tally),
      bitsPerByte: spelledBitsPerByteOf(tally),
      top1: this.#firstCount / this.#tokens,
      mrr: this.#reciprocalRankSum / this.#tokens,
      experts: {
        counts: this.#counts === null ? null : figures(this.#nats.counts),
        cache: this.#counts === null ? null : figures(this.#nats.cache),
        places: this.#reader.local === null ? null : figures(this.#nats.places),
        lstm: figures(this.#nats.lstm),
        dynamicEvaluation: adaptations.includes("dynamicEvaluation") ? figures(this.#nats.dynamic) : null,
        neuralCache: adaptations.includes("neuralCache") ? figures(this.#nats.cached) : null,
        mixture: figures(this.#nats.mixture),
      },
    };
  }

  #addAdapted({ network, dynamic, cached }: AdaptedProbabilities): void {
    this.#nats.lstm -= Math.log(network);
    this.#nats.dynamic -= Math.log(dynamic ?? 1);
    this.#nats.cached -= Math.log(cached ?? 1);
  }

  #addRank(logProbabilities: Float32Array, token: number): void {
    const own = logProbabilities[token] as number;
    let rank = 1;
    for (const other of logProbabilities) {
      rank += other > own ? 1 : 0;
    }
    this.#firstCount += rank === 1 ? 1 : 0;
    this.#reciprocalRankSum += 1 / rank;
  }
}

/** The network with what was asked for; null where that is nothing. */
function adaptiveNetwork(
  network: RecurrentDecoder,
  { scored, hiddenSize }: { readonly scored: ScoredModel; readonly hiddenSize: number },
): AdaptiveNetwork | null {
  const { adaptations = [] } = scored;
  const { vocabularySize } = network;
  const bias = adaptations.includes("dynamicEvaluation") ? new DynamicBias(vocabularySize) : null;
  const cache = adaptations.includes("neuralCache") ? new NeuralCache({ vocabularySize, hiddenSize }) : null;
  return bias === null && cache === null ? null : new AdaptiveNetwork({ network, bias, cache });
}

function areEqual(left: Uint16Array, right: Uint16Array): boolean {
  return left.length === right.length && left.every((token, index) => token === right[index]);
}
