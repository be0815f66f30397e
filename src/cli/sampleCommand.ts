import { isFamilyDirectory } from "../checkpoints/familyStore.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { runSampleFamily } from "./familyCommand.ts";
import { openModel } from "./modelSession.ts";

export interface SampleArguments {
  readonly model: string;
  readonly prompt: string;
  readonly lengthTokens: number;
  readonly temperature: number;
  /** At least 1; null for all tokens. */
  readonly topK: number | null;
  /** In [0, 1]. */
  readonly topP: number;
  readonly seed: number;
  /** At least 1: width of a beam search in place of chance; null for none. */
  readonly beamWidth: number | null;
}

/** Writes the prompt and what the model makes of it, as it comes. */
export async function runSample(given: SampleArguments, context: CommandContext): Promise<ExitCode> {
  const { terminal, signal, files, resolvePath } = context;
  const model = resolvePath(given.model);
  if (await isFamilyDirectory(model, files)) {
    return runSampleFamily({ ...given, model }, context);
  }
  const { prompt, lengthTokens, temperature, topK, topP, seed, beamWidth } = given;
  const predictor = await openModel(given.model, context);
  const show = (text: string): void => {
    if (!terminal.isJson) {
      terminal.text(text);
    }
  };
  show(prompt);
  const drawn = {
    ...{ temperature, topP, seed },
    ...(topK === null ? {} : { topK }),
    ...(beamWidth === null ? {} : { beamWidth }),
  };
  const { text } = await predictor.sample({ prompt, lengthTokens, ...drawn }, show, signal);
  show(text.endsWith("\n") ? "" : "\n");
  terminal.event({ prompt, text, temperature, topK, topP, seed, beamWidth });
  return 0;
}
