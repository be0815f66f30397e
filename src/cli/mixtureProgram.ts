import { type Command, Option } from "commander";
import { addAdaptationOptions, type AdaptationFlags, adaptationsOf } from "./adaptationOptions.ts";
import type { RunCommand } from "./commandContext.ts";
import { runMixtureBench } from "./mixtureBench.ts";
import { weightsOption } from "./weightsOption.ts";
import type { WeightsChoice } from "../protocol/engineMessages.ts";

interface MixtureFlags extends AdaptationFlags {
  readonly json: boolean;
  readonly model: string;
  readonly python?: string;
  readonly weights?: WeightsChoice;
}

/** Adds `mixture` to the commands that measure. */
export function addMixtureBench(bench: Command, run: RunCommand): void {
  const command = bench
    .command("mixture")
    .description("score a model, counts and their mixture on the files held out from the model's training")
    .argument("<folder>", "folder that the model was trained on")
    .requiredOption("--model <dir>", "directory of the model")
    .option("--python <program>", "a Python with the package pyppmd, to compare with xz and PPMd")
    .addOption(weightsOption());
  addAdaptationOptions(command)
    .addOption(new Option("--json", "print one JSON object a line").default(false))
    .action((folder: string, flags: MixtureFlags) => {
      const { json, model, python = null, weights = null } = flags;
      return run(json, (context) =>
        runMixtureBench({ folder, model, python, weights, adaptations: adaptationsOf(flags) }, context),
      );
    });
}
