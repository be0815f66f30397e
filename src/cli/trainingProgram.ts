import { type Command, InvalidArgumentError, Option } from "commander";
import type { BackendChoice } from "../protocol/backendDescription.ts";
import { TOKEN_LAWS, type TokenLaw } from "../protocol/timingMessages.ts";
import { BACKEND_CHOICES } from "../protocol/engineValidators.ts";
import type { RunCommand } from "./commandContext.ts";
import { TRAIN_LIMITS } from "../protocol/trainLimits.ts";
import { integerValue, listValue } from "./optionValues.ts";
import { runTrainingBench, type TrainingShape } from "./trainingBench.ts";

interface TrainingFlags {
  readonly shapes: readonly TrainingShape[];
  readonly batch: readonly number[];
  readonly window: readonly number[];
  readonly vocab: number;
  readonly tokens: TokenLaw;
  readonly rounds: number;
  readonly steps: number;
  readonly threads?: number;
  readonly isa?: "avx2";
  readonly backend: BackendChoice;
  readonly python?: string;
  readonly torch: boolean;
  readonly json: boolean;
}

const DEFAULT_SHAPES = "1x256,2x256,1x512,2x512,3x512";

/** Adds `training` to the commands that measure. */
export function addTrainingBench(bench: Command, run: RunCommand): void {
  const sizes = listValue(integerValue({ least: 1, most: 1024 }));
  bench
    .command("training")
    .description("time training steps, in turn with those of PyTorch for the same networks")
    .option(
      "--shapes <list>",
      "layers × size of the hidden state",
      listValue(shapeValue),
      listValue(shapeValue)(DEFAULT_SHAPES),
    )
    .option("--batch <list>", "lanes", sizes, [32, 64])
    .option("--window <list>", "tokens of a lane that a step reads", sizes, [64, 100])
    .option("--vocab <n>", "pieces in the vocabulary", integerValue({ least: 2, most: 1 << 20 }), 2048)
    .addOption(
      new Option("--tokens <law>", "how often pieces come: as in text, or all equally")
        .choices(TOKEN_LAWS)
        .default("zipf"),
    )
    .option("--rounds <n>", "times that each is measured", integerValue({ least: 1, most: 1000 }), 5)
    .option("--steps <n>", "steps timed in a round", integerValue({ least: 1, most: 1_000_000 }), 3)
    .option("--threads <n>", "threads of each", integerValue({ least: 1, most: 1024 }))
    .addOption(new Option("--isa <name>", "hold everybody to these instructions").choices(["avx2"]))
    .addOption(new Option("--backend <name>", "what computes").choices(BACKEND_CHOICES).default("auto"))
    .addOption(
      new Option(
        "--python <program>",
        "a Python with the package torch, which is otherwise fetched once (some 5 GB)",
      ).conflicts("torch"),
    )
    .option("--no-torch", "leave PyTorch out")
    .addOption(new Option("--json", "print one JSON object").default(false))
    .action((flags: TrainingFlags) =>
      run(flags.json, (context) =>
        runTrainingBench(
          {
            shapes: flags.shapes,
            laneCounts: flags.batch,
            windowTokens: flags.window,
            vocabularySize: flags.vocab,
            tokenLaw: flags.tokens,
            roundCount: flags.rounds,
            stepCount: flags.steps,
            threadCount: flags.threads ?? null,
            isHeldToAvx2: flags.isa === "avx2",
            backend: flags.backend,
            torch: flags.torch ? { python: flags.python ?? null } : null,
          },
          context,
        ),
      ),
    );
}

/** A network written as `2x512`. */
export function shapeValue(text: string): TrainingShape {
  const [, layers, hidden] = /^(\d{1,2})[x×](\d{1,5})$/.exec(text) ?? [];
  const shape = { layerCount: Number(layers), hiddenSize: Number(hidden) };
  const { layerCount, hiddenSize } = TRAIN_LIMITS;
  const isPossible = (size: number, { least, most }: { readonly least: number; readonly most: number }): boolean =>
    size >= least && size <= most;
  if (!isPossible(shape.layerCount, layerCount) || !isPossible(shape.hiddenSize, hiddenSize)) {
    throw new InvalidArgumentError(
      `Write layers and size such as 2x512, at most ${layerCount.most} layers and ${hiddenSize.most} units.`,
    );
  }
  return shape;
}
