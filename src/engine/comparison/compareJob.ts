import { LmError } from "../../base/errors.ts";
import { familyParameterCount } from "../../models/neural/family/familyShapes.ts";
import { readableFigure } from "../../base/readableNumbers.ts";
import { spelledBitsPerByteOf } from "../../evaluation/tally.ts";
import type { CountIndex } from "../../models/counting/countIndex.ts";
import type {
  CompareEvent,
  CompareFailure,
  CompareJob,
  CompareResult,
  CompareRow,
} from "../../protocol/compareMessages.ts";
import { countUnknown } from "../../tokens/countUnknown.ts";
import type { JobContext } from "../jobContext.ts";
import { type SplitText, tokenizeText } from "../family/splitText.ts";
import {
  countNgrams,
  countStream,
  type CountingContext,
  type Probabilities,
  RANKED_TOKENS,
  scoreCounts,
} from "./countingScores.ts";
import { cachedCounts } from "./cachedCounts.ts";
import { type ContextMixCall, mixByContext, mixTwo, natsOf } from "./mixScores.ts";
import { type CountingEntrant, type Entrant, type NetworkEntrant, parseEntrant } from "./modelNames.ts";
import { type NetworkPlan, requireNetworks } from "../family/networkPresets.ts";
import { fewStepsNotice } from "../family/fewStepsNotice.ts";
import { planForText } from "../family/planForText.ts";
import { readSplitText } from "../family/readSplitText.ts";
import { requireMemory } from "../requireMemory.ts";
import { sameTextNotice } from "./sameText.ts";
import { sampleCounts } from "./sampleCounts.ts";
import { unknownNotice } from "../unknownNotice.ts";
import { describeRates } from "./scoreDynamically.ts";
import { trainNetwork, type TrainedNetwork } from "./trainNetwork.ts";

export interface CompareContext extends JobContext {
  readonly emit: (event: CompareEvent) => void;
}

/** What one model gave to the held-out texts, and what it cost. */
interface Scored extends Pick<
  CompareRow,
  "parameters" | "seconds" | "tokensPerSecond" | "multiplicationsPerToken" | "stopped" | "passes" | "sample"
> {
  readonly validation: Probabilities;
  readonly test: Probabilities;
}

/** Of the models of counts that are mixed by context: those that the table knows as KN5. */
const CONTEXT_COUNTS: CountingEntrant = {
  kind: "counts",
  name: "kn5",
  smoothing: "modifiedKneserNey",
  order: 5,
  hasCache: false,
};

/**
 * Trains or counts each model on the same text, for the same seconds or passes, and scores it on the test text. What makes no sense is refused before
 * anything is trained. Throws `LmError`; also `cancelled`.
 */
export async function runCompareJob(job: CompareJob, context: CompareContext): Promise<CompareResult> {
  if (job.budgetSeconds === null && job.epochs === null) {
    throw new LmError(
      "badArgument",
      "A comparison needs an end: name a budget of time for each network, or a number of epochs.",
    );
  }
  if (job.models.length === 0) {
    throw new LmError("badArgument", "There is nothing to compare; name a model, such as kn5 or lstm.");
  }
  const entrants = [...new Set(job.models)].map(parseEntrant);
  const raw = await readSplitText(job, context);
  const sameText = sameTextNotice(raw);
  if (sameText !== null) {
    context.emit(sameText);
  }
  const text = tokenizeText(raw, { ...job, signal: context.signal });
  const plans = planNetworks(entrants, { job, text });
  const parameterCounts = [...plans.values()].map(({ spec }) => familyParameterCount(spec));
  if (plans.size > 0) {
    const { description } = await context.backend(job.backend);
    requireMemory(Math.max(...parameterCounts), { freeBytes: context.freeBytes(), backend: description });
  }
  const { vocabulary, training, validation, test } = text;
  context.emit({
    type: "compareText",
    vocabularySize: vocabulary.size,
    trainingTokens: training.count,
    validationTokens: validation.count,
    testTokens: test.count,
  });
  const unknownTokens = countUnknown(test.targets, vocabulary);
  if (unknownTokens > 0) {
    context.emit(unknownNotice({ unknownTokens, tokens: test.count }));
  }
  const mixed = networksWith(["cache", "context", "linear"], entrants);
  const cached = networksWith(["cache", "context"], entrants);
  const dynamic = networksWith(["dynamic"], entrants);
  return new Comparison({ job, text, plans, mixed, cached, dynamic }, context).run(entrants);
}

/** Networks that are wanted with one of these added. */
function networksWith(extras: readonly string[], entrants: readonly Entrant[]): ReadonlySet<string> {
  return new Set(
    entrants.flatMap((entrant) =>
      entrant.kind === "network" && extras.includes(entrant.mixed?.kind ?? "") ? [entrant.network] : [],
    ),
  );
}

function planNetworks(
  entrants: readonly Entrant[],
  { job, text }: { readonly job: CompareJob; readonly text: SplitText },
): ReadonlyMap<string, NetworkPlan> {
  const networks = new Set(entrants.flatMap((entrant) => (entrant.kind === "network" ? [entrant.network] : [])));
  requireNetworks(job.settings);
  const idle = Object.keys(job.settings).find((name) => !networks.has(name));
  if (idle !== undefined) {
    throw new LmError(
      "badArgument",
      `There are settings for ${idle}, which is not among the models; leave them out, or compare ${idle} as well.`,
    );
  }
  return new Map(
    [...networks].map((network) => [network, planForText(network, { settings: job.settings[network], text })]),
  );
}

interface ComparisonCall {
  readonly job: CompareJob;
  readonly text: SplitText;
  readonly plans: ReadonlyMap<string, NetworkPlan>;
  /** Networks that are wanted in mixtures as well. */
  readonly mixed: ReadonlySet<string>;
  /** Networks of which a cache is wanted as well. */
  readonly cached: ReadonlySet<string>;
  /** Networks that are wanted with dynamic evaluation as well. */
  readonly dynamic: ReadonlySet<string>;
}

/** One comparison under way: what is needed twice is made once. */
class Comparison {
  readonly #call: ComparisonCall;
  readonly #context: CompareContext;
  readonly #trained = new Map<string, TrainedNetwork>();
  /** Networks that came to nothing, for they are not trained again for the next model that needs them. */
  readonly #failed = new Map<string, LmError>();
  readonly #counted = new Map<string, Scored>();
  #index: { readonly index: CountIndex; readonly seconds: number } | null = null;

  public constructor(call: ComparisonCall, context: CompareContext) {
    this.#call = call;
    this.#context = context;
  }

  public async run(entrants: readonly Entrant[]): Promise<CompareResult> {
    const rows: CompareRow[] = [];
    const failures: CompareFailure[] = [];
    for (const entrant of entrants) {
      const scored = await this.#score(entrant);
      this.#throwIfCancelled();
      if (scored instanceof LmError) {
        const failure = { model: entrant.name, message: scored.message };
        failures.push(failure);
        this.#context.emit({ type: "compareFailure", failure });
        continue;
      }
      const row = this.#row(entrant.name, scored);
      rows.push(row);
      this.#context.emit({ type: "compareRow", row });
    }
    return { rows, failures };
  }

  /** What a model gives, or why it came to nothing: the others are compared without it. */
  async #score(entrant: Entrant): Promise<Scored | LmError> {
    try {
      return entrant.kind === "counts" ? await this.#count(entrant) : await this.#network(entrant);
    } catch (error) {
      if (error instanceof LmError && error.code === "nonFiniteLoss") {
        return error;
      }
      throw error;
    }
  }

  async #count(entrant: CountingEntrant): Promise<Scored> {
    const known = this.#counted.get(entrant.name);
    if (known !== undefined) {
      return known;
    }
    const { job, text } = this.#call;
    const counting = this.#counting();
    const { validation, test, weight } = entrant.hasCache
      ? await cachedCounts(entrant, text, counting.context)
      : {
          validation: await scoreCounts(entrant, text.validation, counting.context),
          test: await scoreCounts(entrant, text.test, { ...counting.context, rankedCount: RANKED_TOKENS }),
          weight: 0,
        };
    this.#throwIfCancelled();
    const result: Scored = {
      ...{ validation, test },
      parameters: countNgrams(text.training, { order: entrant.order, vocabulary: text.vocabulary }),
      seconds: counting.seconds,
      tokensPerSecond: text.training.count / Math.max(counting.seconds, 1e-3),
      multiplicationsPerToken: null,
      stopped: null,
      passes: null,
      sample: sampleCounts(entrant, { text, index: counting.context.index, cacheWeight: weight, seed: job.seed }),
    };
    this.#counted.set(entrant.name, result);
    return result;
  }

  async #network({ network, mixed }: NetworkEntrant): Promise<Scored> {
    const trained = await this.#train(network);
    const own: Scored = {
      validation: trained.validation,
      test: trained.test,
      parameters: trained.parameters,
      seconds: trained.outcome.seconds,
      tokensPerSecond: trained.outcome.tokensPerSecond,
      multiplicationsPerToken: trained.multiplicationsPerToken,
      stopped: trained.outcome.stopped,
      passes: trained.outcome.passes,
      sample: trained.sample,
    };
    if (mixed === null) {
      return own;
    }
    // What the network writes is not what it would write with this added.
    const added = { ...own, sample: null };
    if (mixed.kind === "cache") {
      return { ...added, ...withCache(trained, this.#call.text) };
    }
    if (mixed.kind === "dynamic") {
      return { ...added, ...(trained.dynamic ?? {}) };
    }
    const counts = await this.#count(mixed.kind === "linear" ? mixed.counts : CONTEXT_COUNTS);
    const mixture =
      mixed.kind === "linear" ? mixTwo(own, counts, this.#call.text) : await this.#mixByContext(trained, counts);
    return {
      ...added,
      ...mixture,
      parameters: own.parameters + counts.parameters,
      seconds: own.seconds + counts.seconds,
    };
  }

  async #mixByContext(network: TrainedNetwork, counts: Scored): Promise<Pick<Scored, "validation" | "test">> {
    const { text } = this.#call;
    const part = (name: "validation" | "test"): ContextMixCall => ({
      stream: text[name],
      network: network[name],
      neuralCache: network.cache?.[name] ?? null,
      counts: counts[name],
    });
    const parts = { validation: part("validation"), test: part("test") };
    return mixByContext(parts, this.#counting().context);
  }

  async #train(network: string): Promise<TrainedNetwork> {
    const known = this.#trained.get(network) ?? this.#failed.get(network);
    if (known instanceof LmError) {
      throw known;
    }
    if (known !== undefined) {
      return known;
    }
    const { job, text, plans } = this.#call;
    const { emit } = this.#context;
    const trained = await trainNetwork(
      {
        plan: plans.get(network) as NetworkPlan,
        text,
        job,
        backend: await this.#context.backend(job.backend),
        isMixed: this.#call.mixed.has(network),
        isCached: this.#call.cached.has(network),
        isDynamic: this.#call.dynamic.has(network),
        onPoint: (point) => {
          emit({ type: "comparePoint", model: network, point });
        },
        onProgress: (progress) => {
          emit({ type: "compareProgress", model: network, ...progress });
        },
      },
      this.#context,
    ).catch((error: unknown) => {
      if (error instanceof LmError) {
        this.#failed.set(network, error);
      }
      throw error;
    });
    if (trained === null) {
      throw cancelled();
    }
    const { stopped, passes } = trained.outcome;
    const few = fewStepsNotice(network, trained.outcome);
    if (few !== null) {
      emit(few);
    }
    if (stopped === "nonFinite") {
      emit({
        type: "notice",
        level: "warning",
        message: `The loss of ${network} exploded after ${readableFigure(passes)} passes; it is compared with its best weights before that. Choose a lower learningRate or a smaller clipNorm.`,
      });
    }
    if (trained.dynamic !== null) {
      emit({ type: "notice", level: "info", message: describeRates(network, trained.dynamic.rates) });
    }
    this.#trained.set(network, trained);
    return trained;
  }

  #counting(): { readonly context: CountingContext; readonly seconds: number } {
    const { clock, pause, signal } = this.#context;
    const { text } = this.#call;
    if (this.#index === null) {
      const beganMs = clock.nowMs();
      const index = countStream(text.training, text.vocabulary);
      this.#index = { index, seconds: (clock.nowMs() - beganMs) / 1000 };
    }
    const { index, seconds } = this.#index;
    return { context: { index, vocabulary: text.vocabulary, pause, signal }, seconds };
  }

  #row(model: string, scored: Scored): CompareRow {
    const { validation, test, vocabulary } = this.#call.text;
    const nats = natsOf(scored.test.own);
    const unknownTokens = countUnknown(test.targets, vocabulary);
    if (!Number.isFinite(nats)) {
      const name = `${model} gives no probability at all to some of the test text`;
      this.#context.emit({ type: "notice", level: "warning", message: `${name}, so its perplexity is infinite.` });
    }
    // A tie with the likeliest counts as right; float32 logarithms agree to six digits.
    const right = scored.test.own.filter((own, place) => own >= (scored.test.best[place] as number) * (1 - 1e-5));
    return {
      model,
      parameters: scored.parameters,
      seconds: scored.seconds,
      tokensPerSecond: scored.tokensPerSecond,
      perplexity: Math.exp(nats / test.count),
      bitsPerByte: spelledBitsPerByteOf({ tokens: test.count, bytes: test.bytes, nats, unknownTokens }),
      top1: right.length / test.count,
      tokens: test.count,
      bytes: test.bytes,
      unknownTokens,
      validationPerplexity: Math.exp(natsOf(scored.validation.own) / validation.count),
      multiplicationsPerToken: scored.multiplicationsPerToken,
      stopped: scored.stopped,
      passes: scored.passes,
      sample: scored.sample,
    };
  }

  #throwIfCancelled(): void {
    if (this.#context.signal.aborted) {
      throw cancelled();
    }
  }
}

function withCache({ cache, ...own }: TrainedNetwork, text: SplitText): Pick<Scored, "validation" | "test"> {
  if (cache === null) {
    throw new TypeError("Expected a network with a cache to have been scored with one");
  }
  return mixTwo(own, cache, text);
}

function cancelled(): LmError {
  return new LmError("cancelled", "The comparison was cancelled.");
}
