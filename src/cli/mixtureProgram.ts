import { type Command, Option } from "commander";
import type { RunCommand } from "./commandContext.ts";
import { runMixtureBench } from "./mixtureBench.ts";
import { weightsOption } from "./weightsOption.ts";
import type { WeightsChoice } from "../protocol/engineMessages.ts";

interface MixtureFlags {
  readonly json: boolean;
  readonly model: string;
  readonly python?: string;
  readonly weights?: WeightsChoice;
}

/** Adds `mixture` to the commands that measure. */
export function addMixtureBench(bench: Command, run: RunCommand): void {
  bench
    .command("mixture")
    .description("score a model, counts and their mixture on the files held out from the model's training")
    .argument("<folder>", "folder that the model was trained on")
    .requiredOption("--model <dir>", "directory of the model")
    .option("--python <program>", "a Python with the package pyppmd, to compare with xz and PPMd")
    .addOption(weightsOption())
    .addOption(new Option("--json", "print one JSON object a line").default(false))
    .action((folder: string, { json, model, python, weights }: MixtureFlags) =>
      run(json, (context) =>
        runMixtureBench({ folder, model, python: python ?? null, weights: weights ?? null }, context),
      ),
    );
}
