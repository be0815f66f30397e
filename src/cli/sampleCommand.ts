import { isFamilyDirectory } from "../checkpoints/familyStore.ts";
import type { SampleFamilyJob } from "../protocol/familyMessages.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { openModel } from "./modelSession.ts";

/** Writes behind the prompt, and tells of the text as it comes. */
type Writer = (onText: (text: string) => void) => Promise<{ readonly text: string }>;

/** Writes the prompt and what the model makes of it, as it comes. */
export async function runSample(given: SampleFamilyJob, context: CommandContext): Promise<ExitCode> {
  const { terminal, files, resolvePath } = context;
  const job = { ...given, model: resolvePath(given.model) };
  const write = (await isFamilyDirectory(job.model, files)) ? inEngine(job, context) : await inPredictor(job, context);
  const show = (text: string): void => {
    if (!terminal.isJson) {
      terminal.text(text);
    }
  };
  const { prompt, temperature, topK, topP, seed, beamWidth } = job;
  show(prompt);
  const { text } = await write(show);
  show(text.endsWith("\n") ? "" : "\n");
  terminal.event({ prompt, text, temperature, topK, topP, seed, beamWidth });
  return 0;
}

/** Of a network that only the engine can run. */
function inEngine(job: SampleFamilyJob, { engine, signal }: CommandContext): Writer {
  return (onText) =>
    engine.request("sampleFamily", job, {
      signal,
      onEvent: ({ text }) => {
        onText(text);
      },
    });
}

async function inPredictor(job: SampleFamilyJob, context: CommandContext): Promise<Writer> {
  const { prompt, lengthTokens, temperature, topK, topP, seed, beamWidth } = job;
  const predictor = await openModel(job.model, context);
  const asked = {
    ...{ prompt, lengthTokens, temperature, topP, seed },
    ...(topK === null ? {} : { topK }),
    ...(beamWidth === null ? {} : { beamWidth }),
  };
  return (onText) => predictor.sample(asked, onText, context.signal);
}
