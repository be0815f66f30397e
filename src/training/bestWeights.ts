import type { Tally } from "../evaluation/tally.ts";
import type { WeightMap } from "../models/neural/networkSpec.ts";
import type { RunContext, RunLegacy, RunStart, StopReason } from "./runContext.ts";
import { type Worth, worthOf } from "./worthOf.ts";

/** The best weights so far, by a sample of held-out text; where nothing is held out, the latest. */
export class BestWeights {
  readonly #firstStep: number;
  readonly #from: RunStart["weightsFrom"];
  readonly #firstValidation: Tally | null;
  readonly #hasSample: boolean;
  readonly #vocabularySize: number;
  #weights: WeightMap;
  #tally: Tally | null;
  #step: number;

  public constructor(start: RunStart, { sample, network }: Pick<RunContext, "sample" | "network">) {
    this.#firstStep = start.firstStep ?? start.step;
    this.#from = start.weightsFrom;
    this.#firstValidation = start.validation ?? null;
    this.#hasSample = sample !== null;
    this.#vocabularySize = network.vocabularySize;
    this.#weights = start.bestWeights;
    this.#tally = start.best;
    this.#step = start.bestStep ?? start.step;
  }

  /** As they are saved, with the temperature in them. */
  public get weights(): WeightMap {
    return this.#weights;
  }

  /** How well they know the sample; null where that is not known. */
  public get tally(): Tally | null {
    return this.#tally;
  }

  /** The step that they were taken after; of an earlier run's, where that stood. */
  public get step(): number {
    return this.#step;
  }

  /** The figure to show of them until there is a final one: of weights that the run began with, what they have on the disk. */
  public get validation(): Tally | null {
    return this.#isImproved ? this.#tally : (this.#firstValidation ?? this.#tally);
  }

  /** Whether they are those of the model that the run went on with: it made none better. */
  public get areOfEarlierModel(): boolean {
    return this.#from === "model" && !this.#isImproved;
  }

  /** Whether what is known of them has to be found out: weights from chance know nothing. */
  public get areToBeJudged(): boolean {
    return this.#tally === null && this.#hasSample && this.#from !== "chance";
  }

  /** Whether they are of this run, not what it began with. */
  get #isImproved(): boolean {
    return this.#step > this.#firstStep;
  }

  /** What they have learnt. */
  public get worth(): Worth {
    if (this.#tally === null) {
      return this.#hasSample ? "tooLittle" : "worthKeeping";
    }
    return worthOf(this.#tally, this.#vocabularySize);
  }

  /** What is left of a run that ended after `step` where they are not worth keeping. */
  public shortfall(stopped: StopReason, step: number): RunLegacy {
    if (step === this.#firstStep && stopped !== "nonFinite") {
      return "noStep";
    }
    return stopped === "nonFinite" || this.worth === "lost" ? "lost" : "tooLittle";
  }

  public isBeatenBy({ nats, tokens }: Tally): boolean {
    return this.#tally === null || nats / tokens < this.#tally.nats / this.#tally.tokens;
  }

  /** Takes others in their place; `tally` is null where nothing is held out. */
  public take(weights: WeightMap, { tally, step }: { readonly tally: Tally | null; readonly step: number }): void {
    this.#weights = weights;
    this.#tally = tally;
    this.#step = step;
  }

  /** Takes the figure of weights that were kept by another measure. */
  public judge(tally: Tally): void {
    this.#tally = tally;
  }
}
