import type { CommandContext, ExitCode } from "./commandContext.ts";
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
}

/** Writes the prompt and what the model makes of it, as it comes. */
export async function runSample(given: SampleArguments, context: CommandContext): Promise<ExitCode> {
  const { terminal, signal } = context;
  const { prompt, lengthTokens, temperature, topK, topP, seed } = given;
  const predictor = await openModel(given.model, context);
  const show = (text: string): void => {
    if (!terminal.isJson) {
      terminal.text(text);
    }
  };
  show(prompt);
  const drawn = { temperature, ...(topK === null ? {} : { topK }), topP, seed };
  const { text } = await predictor.sample({ prompt, lengthTokens, ...drawn }, show, signal);
  show(text.endsWith("\n") ? "" : "\n");
  terminal.event({ prompt, text, temperature, topK, topP, seed });
  return 0;
}
