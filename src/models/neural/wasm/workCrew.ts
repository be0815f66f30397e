import { LmError } from "../../../base/errors.ts";
import type { Job } from "./trainerModule.ts";

/** Words of the control block. A ticket is a round and, in its lowest byte, how many parts nobody has taken yet. */
const TICKET = 0;
const FINISHED = 1;
const HAS_FAILED = 2;
const JOB = 3;
const PART_COUNT = 4;
const ARGUMENT_COUNT = 5;

const REMAINING_MASK = 0xff;
const NEXT_ROUND = 0x100;
const MOST_PARTS = REMAINING_MASK;
const MOST_ARGUMENTS = 24;
const ARGUMENTS_AT_BYTE = 64;

/** Looks at a word in which a thread keeps its processor: jobs follow each other closely. */
const SPIN_COUNT = 4000;

/** A part takes seconds at most; a thread that lets so many pass is lost. */
const PATIENCE_SECONDS = 300;

/** The part of the control block that holds words, and the one with a job's arguments. */
interface Control {
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly given: Float64Array<SharedArrayBuffer>;
}

/** A new control block, for a crew and its helpers. */
export function createControl(): SharedArrayBuffer {
  return new SharedArrayBuffer(ARGUMENTS_AT_BYTE + MOST_ARGUMENTS * Float64Array.BYTES_PER_ELEMENT);
}

/**
 * Runs jobs in parts: this thread takes part after part, and so do the helpers, each in a thread of its own that is in
 * `helpCrew`. One that the system has not let run yet takes none, and nobody waits for it. This thread may sleep until all parts
 * are done, so it must not be one that has to answer.
 */
export class WorkCrew {
  readonly #control: Control;
  readonly #jobs: readonly Job[];
  #threadCount = 1;

  public constructor(control: SharedArrayBuffer, jobs: readonly Job[]) {
    this.#control = openControl(control);
    this.#jobs = jobs;
  }

  /** Threads that take part, this one among them. */
  public get threadCount(): number {
    return this.#threadCount;
  }

  /** So many threads more are in `helpCrew`. */
  public admitHelpers(count: number): void {
    this.#threadCount = Math.min(this.#threadCount + count, MOST_PARTS);
  }

  /** From now on this thread works alone. */
  public dismissHelpers(): void {
    this.#threadCount = 1;
  }

  /**
   * Runs all parts of a job. After a failure the helpers are dismissed, and what the job was to write is undefined.
   * @param job its number @param parts at most 255
   */
  public run(job: number, parts: number, given: readonly number[]): void {
    const work = this.#jobs[job] as Job;
    const { words } = this.#control;
    if (Atomics.load(words, HAS_FAILED) === 1) {
      this.dismissHelpers();
    }
    if (parts === 1 || this.#threadCount === 1) {
      for (let part = 0; part < parts; part++) {
        work(part, parts, ...given);
      }
      return;
    }
    this.#announce(job, parts, given);
    try {
      for (let part = takePart(words); part !== null; part = takePart(words)) {
        work(part, parts, ...given);
        Atomics.add(words, FINISHED, 1);
      }
    } catch (error) {
      // Helpers still write what they have taken; nobody takes the rest.
      const untaken = Atomics.and(words, TICKET, ~REMAINING_MASK) & REMAINING_MASK;
      this.#waitForParts(parts - untaken - 1);
      throw error;
    }
    this.#waitForParts(parts);
  }

  #announce(job: number, parts: number, given: readonly number[]): void {
    const { words, given: room } = this.#control;
    room.set(given);
    words[JOB] = job;
    words[PART_COUNT] = parts;
    words[ARGUMENT_COUNT] = given.length;
    Atomics.store(words, FINISHED, 0);
    const round = (Atomics.load(words, TICKET) & ~REMAINING_MASK) + NEXT_ROUND;
    Atomics.store(words, TICKET, round | parts);
    Atomics.notify(words, TICKET);
  }

  #waitForParts(parts: number): void {
    const { words } = this.#control;
    for (let spin = 0; spin < SPIN_COUNT; spin++) {
      if (Atomics.load(words, FINISHED) >= parts) {
        return;
      }
    }
    let patience = PATIENCE_SECONDS;
    for (let finished = Atomics.load(words, FINISHED); finished < parts; finished = Atomics.load(words, FINISHED)) {
      const isLost = Atomics.wait(words, FINISHED, finished, 1000) === "timed-out" && --patience === 0;
      if (isLost || Atomics.load(words, HAS_FAILED) === 1) {
        this.dismissHelpers();
        throw new LmError(
          "unexpected",
          "A helper thread of the training ended. Train again; it goes on without helpers.",
        );
      }
    }
  }
}

/** What a helper thread does all its life: takes parts of whatever is to be done. Throws what a job throws. */
export function helpCrew(control: SharedArrayBuffer, jobs: readonly Job[]): never {
  const { words, given } = openControl(control);
  for (;;) {
    const part = waitForPart(words);
    const work = jobs[words[JOB] as number] as Job;
    work(part, words[PART_COUNT] as number, ...given.subarray(0, words[ARGUMENT_COUNT]));
    Atomics.add(words, FINISHED, 1);
    Atomics.notify(words, FINISHED);
  }
}

/** Tells the crew that a helper has ended, so that nobody waits for what it had taken. */
export function reportLoss(control: SharedArrayBuffer): void {
  const { words } = openControl(control);
  Atomics.store(words, HAS_FAILED, 1);
  Atomics.notify(words, FINISHED);
}

function openControl(control: SharedArrayBuffer): Control {
  return {
    words: new Int32Array(control, 0, ARGUMENTS_AT_BYTE / Int32Array.BYTES_PER_ELEMENT),
    given: new Float64Array(control, ARGUMENTS_AT_BYTE),
  };
}

function waitForPart(words: Int32Array<SharedArrayBuffer>): number {
  for (let spin = 0; ; spin++) {
    const ticket = Atomics.load(words, TICKET);
    if ((ticket & REMAINING_MASK) > 0) {
      const part = takePart(words);
      if (part !== null) {
        return part;
      }
    } else if (spin > SPIN_COUNT) {
      Atomics.wait(words, TICKET, ticket);
      spin = 0;
    }
  }
}

/** A part of the present round, or null where all are taken. What the job is may be read after it: it stays until this part is done. */
function takePart(words: Int32Array<SharedArrayBuffer>): number | null {
  for (;;) {
    const ticket = Atomics.load(words, TICKET);
    const remaining = ticket & REMAINING_MASK;
    if (remaining === 0) {
      return null;
    }
    if (Atomics.compareExchange(words, TICKET, ticket, ticket - 1) === ticket) {
      return remaining - 1;
    }
  }
}
