import { type Command, Option } from "commander";
import type { BackendChoice } from "../protocol/backendDescription.ts";
import { BACKEND_CHOICES } from "../protocol/engineValidators.ts";
import type { RunCommand } from "./commandContext.ts";
import { durationValue, integerValue } from "./optionValues.ts";
import { runSoakBench, type SoakBenchArguments } from "./soakBench.ts";
import type { TrainingShape } from "./trainingBench.ts";
import { shapeValue } from "./trainingProgram.ts";

interface SoakFlags {
  readonly shape: TrainingShape;
  readonly batch: number;
  readonly window: number;
  readonly vocab: number;
  readonly steps: number;
  readonly train?: string;
  readonly scratch?: string;
  readonly budget: number;
  readonly points: number;
  readonly backend: BackendChoice;
  readonly json: boolean;
}

/** Adds `soak` to the commands that measure. */
export function addSoakBench(bench: Command, run: RunCommand): void {
  bench
    .command("soak")
    .description("train for long and watch tensors and memory")
    .addOption(
      new Option("--shape <layers x size>", "layers × size of the hidden state")
        .argParser(shapeValue)
        .default(shapeValue("2x512"), "2x512"),
    )
    .option("--batch <n>", "lanes", integerValue({ least: 1, most: 1024 }), 32)
    .option("--window <n>", "tokens of a lane that a step reads", integerValue({ least: 1, most: 1024 }), 64)
    .option("--vocab <n>", "pieces in the vocabulary", integerValue({ least: 256, most: 65_536 }), 2048)
    .option("--steps <n>", "steps on tokens drawn at random", integerValue({ least: 1, most: 1_000_000 }), 10_000)
    .option("--train <folder>", "a whole training on this folder instead, with looks and saves; needs --scratch")
    .option("--scratch <dir>", "directory for the model of that training")
    .addOption(new Option("--budget <time>", "its time").argParser(durationValue).default(3600, "1h"))
    .option("--points <n>", "times that memory is looked at", integerValue({ least: 2, most: 10_000 }), 20)
    .addOption(new Option("--backend <name>", "what computes").choices(BACKEND_CHOICES).default("auto"))
    .addOption(new Option("--json", "print one JSON object").default(false))
    .action((flags: SoakFlags, command: Command) => {
      if ((flags.train === undefined) !== (flags.scratch === undefined)) {
        command.error("error: --train and --scratch are needed together");
      }
      return run(flags.json, (context) => runSoakBench(argumentsOf(flags), context));
    });
}

function argumentsOf(flags: SoakFlags): SoakBenchArguments {
  const { shape, backend, train, scratch } = flags;
  return {
    shape,
    laneCount: flags.batch,
    windowTokens: flags.window,
    vocabularySize: flags.vocab,
    backend,
    pointCount: flags.points,
    run:
      train === undefined || scratch === undefined
        ? { kind: "steps", stepCount: flags.steps }
        : { kind: "training", folder: train, scratch, budgetSeconds: flags.budget },
  };
}
