import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRng, type Rng } from "../../src/base/rng.ts";

const fileCount = 60;
const indentation = "    ";

/** Lines that always go on the same way once their first words stand there. */
export const knownLines = [
  "when the bridge is open then wait until the signal turns white",
  "when fog is reported then halve the speed and ring the bell twice",
  "after the last stop switch all lamps to amber and lock the rear doors",
  "before the tunnel close every window and count the passengers",
  "if a platform is crowded then open both sides and announce the delay",
  "unless the mail is loaded hold the train for another two minutes",
] as const;

const places =
  "abbey,birch,canal,dyke,elm,ferry,garden,harbour,island,junction,kiln,library,market,mill,orchard,park".split(",");
const colours = ["green", "blue", "red", "brown", "silver"];
const days = ["weekdays", "saturdays", "sundays", "holidays"];

/** A workspace in a made-up timetable language: regular enough that a minute of training makes it predictable. */
export class SampleWorkspace {
  public readonly folder: string;
  readonly #parent: string;

  public constructor() {
    this.#parent = mkdtempSync(join(tmpdir(), "inkling-workspace-"));
    this.folder = join(this.#parent, "timetables");
    mkdirSync(join(this.folder, "lines"), { recursive: true });
    const rng = createRng(7);
    for (let index = 0; index < fileCount; index++) {
      const name = `${pick(rng, places)}-${String(index).padStart(2, "0")}`;
      writeFileSync(join(this.folder, "lines", `${name}.timetable`), timetable(rng, name));
    }
  }

  public dispose(): void {
    rmSync(this.#parent, { recursive: true, force: true });
  }
}

function timetable(rng: Rng, name: string): string {
  const lines = [
    `line ${name}`,
    `${indentation}colour ${pick(rng, colours)}`,
    `${indentation}runs on ${pick(rng, days)}`,
  ];
  let minute = 300 + rng.nextInt(120);
  const stopCount = 10 + rng.nextInt(16);
  for (let stop = 0; stop < stopCount; stop++) {
    minute += 2 + rng.nextInt(9);
    lines.push(`${indentation}stop at ${pick(rng, places)} ${clockTime(minute)} platform ${1 + rng.nextInt(6)}`);
    if (rng.nextInt(2) === 0) {
      lines.push(`${indentation}${pick(rng, knownLines)}`);
    }
  }
  return [...lines, `end of line ${name}`, ""].join("\n");
}

function clockTime(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

function pick<T>(rng: Rng, choices: readonly T[]): T {
  return choices[rng.nextInt(choices.length)]!;
}
