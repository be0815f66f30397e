import type { Memento } from "vscode";
import type { Disposable } from "../base/disposable.ts";
import type { Timer } from "../node/nodeTimer.ts";
import { AcceptanceMemory, readAcceptance } from "../suggestions/acceptanceMemory.ts";
import { type OfferFate, OfferWatch, type WatchedOffer, type WritingPlace } from "../suggestions/offerWatch.ts";
import type { AcceptedItem } from "./acceptedItem.ts";

const KEY = "inkling.acceptance";

/** It changes with every other key; the disk need not follow that fast. */
const SAVE_MS = 5000;

/**
 * Learns from accepts and rejections how far suggestions are to be believed here, and keeps that in the workspace's memory: two sums for each
 * language, and no text. What was written out by hand though it was offered says nothing: it was right, but not wanted.
 */
export class AcceptanceStore implements Disposable {
  readonly #kept: Memento;
  readonly #timer: Timer;
  readonly #memory: AcceptanceMemory;
  readonly #watch = new OfferWatch();
  #pending: Disposable | undefined;

  public constructor(kept: Memento, timer: Timer) {
    this.#kept = kept;
    this.#timer = timer;
    this.#memory = new AcceptanceMemory(readAcceptance(kept.get(KEY)));
  }

  /** Of what suggestions in a language claim, the share that is to be believed. */
  public share(languageId: string): number {
    return this.#memory.share(languageId);
  }

  /** Somebody writes at a place. */
  public didWrite(place: WritingPlace): void {
    const settled = this.#watch.write(place);
    if (settled !== undefined) {
      this.#learn(settled.offer, settled.fate);
    }
  }

  /** A suggestion is on the screen, alone or before others. */
  public didOffer(offer: WatchedOffer): void {
    this.#watch.show(offer);
  }

  /** A suggestion on the screen was accepted: the first, or another instead, which proves the first wrong. */
  public didAccept({ index, probability }: Pick<AcceptedItem, "index" | "probability">): void {
    const offer = this.#watch.take();
    if (offer === undefined) {
      return;
    }
    if (index === 0) {
      this.#learn(offer, "accepted");
      return;
    }
    this.#learn(offer, "rejected");
    this.#learn({ ...offer, probability }, "accepted");
  }

  /** Forgets all of it, on the disk too. */
  public async forget(): Promise<void> {
    this.#pending?.dispose();
    this.#pending = undefined;
    this.#watch.take();
    this.#memory.clear();
    await this.#kept.update(KEY, undefined);
  }

  public dispose(): void {
    if (this.#pending !== undefined) {
      this.#save();
    }
  }

  #learn({ languageId, probability }: WatchedOffer, fate: OfferFate | "accepted"): void {
    if (fate === "typed" || fate === "left") {
      return;
    }
    this.#memory.learn(languageId, { probability, isAccepted: fate === "accepted" });
    this.#pending ??= this.#timer.schedule(SAVE_MS, () => this.#save());
  }

  #save(): void {
    this.#pending?.dispose();
    this.#pending = undefined;
    void this.#kept.update(KEY, this.#memory.record);
  }
}
