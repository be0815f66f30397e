import { type Command, InvalidArgumentError, Option } from "commander";
import { integerValue } from "./optionValues.ts";
import type { RunCommand } from "./commandContext.ts";
import { BASELINE_CHOICES, runReplay } from "./replayCommand.ts";

interface ReplayFlags {
  readonly model: string;
  readonly eagerness?: number | "net";
  readonly adapt: boolean;
  readonly multiline: boolean;
  readonly limit?: number;
  readonly seed: number;
  readonly baselines?: (typeof BASELINE_CHOICES)[number];
  readonly report?: string;
  readonly json: boolean;
}

const MOST = Number.MAX_SAFE_INTEGER;

/** Two fields of one name are two things. */
const JSON_HELP = `
In the JSON, "words" of Inkling and of each baseline has the figures of a typist
who takes correct leading words of a suggestion too, one key each;
"baselines.words" is another way to suggest: VS Code's word-based completion.
"eagernessChosenOn" says what --eagerness net was chosen on: "otherHunks" than
those typed, or the "sameHunks".`;

/** Adds `replay` to the command line. */
export function addReplay(program: Command, run: RunCommand): void {
  program
    .command("replay")
    .description("type what a newer version of a workspace adds, and measure the keystrokes that suggestions save")
    .argument("<old>", "folder with the version that the model was trained on")
    .argument("<new>", "folder with the newer version")
    .requiredOption("--model <dir>", "directory of a model trained on the old version")
    .option(
      "--eagerness <x>",
      'from 0, seldom and surely, to 1, often; "net" tries which saves most on up to 6,000 characters of hunks that --limit leaves over, or of the same where too few are left (default: the editor\'s)',
      eagernessValue,
    )
    .option("--no-adapt", "do not let the gate learn from what is accepted and rejected")
    .option("--multiline", "let suggestions go on over line ends where they are sure", false)
    .option("--limit <n>", "characters to type at most (default: all)", integerValue({ least: 1, most: MOST }))
    .option("--seed <n>", "start of the random numbers", integerValue({ least: -MOST, most: MOST }), 1)
    .addOption(
      new Option(
        "--baselines <which>",
        "what else is measured: nothing; what needs no model; or also counts only and LSTM only (default: all with --report, else quick)",
      ).choices([...BASELINE_CHOICES]),
    )
    .option("--report <file>", "write a report with curves and examples, as a page of HTML")
    .addOption(new Option("--json", "print one JSON object a line").default(false))
    .addHelpText("after", JSON_HELP)
    .action((oldFolder: string, newFolder: string, { json, ...flags }: ReplayFlags) =>
      run(json, (context) =>
        runReplay(
          {
            oldFolder,
            newFolder,
            model: flags.model,
            eagerness: flags.eagerness ?? null,
            isAdapting: flags.adapt,
            isMultiline: flags.multiline,
            limit: flags.limit ?? null,
            seed: flags.seed,
            baselines: flags.baselines ?? (flags.report === undefined ? "quick" : "all"),
            report: flags.report ?? null,
          },
          context,
        ),
      ),
    );
}

function eagernessValue(text: string): number | "net" {
  if (text === "net") {
    return text;
  }
  const value = /^(?:\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : NaN;
  if (!(value <= 1)) {
    throw new InvalidArgumentError('Write a number from 0 to 1, or "net".');
  }
  return value;
}
