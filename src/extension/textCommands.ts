import * as vscode from "vscode";
import { LmError } from "../base/errors.ts";
import type { Clock } from "../base/ports.ts";
import type { Timer } from "../node/nodeTimer.ts";
import type { EngineHost } from "./engineHost.ts";
import type { InklingState } from "./inklingState.ts";
import type { PredictorHost, SampleRequest } from "./predictorHost.ts";
import { doctorReport, modelReport, sampleHead, type ReportPlaces } from "./reportText.ts";
import type { ShownText } from "./shownText.ts";

export const DEFAULT_SAMPLE: Omit<SampleRequest, "seed"> = { prompt: "", lengthTokens: 400, temperature: 0.8 };

/** A sample that is written is drawn this often at most. */
const REDRAW_MS = 60;

export interface TextCommandsParts {
  readonly state: InklingState;
  readonly engine: EngineHost;
  readonly predictor: PredictorHost;
  readonly shownText: ShownText;
  readonly places: ReportPlaces;
  readonly clock: Clock;
  readonly timer: Timer;
}

/** The commands that show what Inkling knows as text: samples and reports. */
export class TextCommands {
  readonly #parts: TextCommandsParts;

  public constructor(parts: TextCommandsParts) {
    this.#parts = parts;
  }

  /** Writes a sample into an editor as the model makes it; the selection, if there is one, is what it begins with. */
  public async showSample(): Promise<void> {
    const { state, shownText } = this.#parts;
    this.#requireModel();
    const editor = vscode.window.activeTextEditor;
    const prompt = editor === undefined ? "" : editor.document.getText(editor.selection);
    const request: SampleRequest = { ...DEFAULT_SAMPLE, prompt, seed: this.newSeed() };
    let text = sampleHead({ status: state.status, ...request }) + prompt;
    const uri = await shownText.open("Sample.inkling-sample", text);
    let redraw: { dispose(): void } | undefined;
    const options = { location: vscode.ProgressLocation.Window, title: "Inkling is writing", cancellable: false };
    await vscode.window.withProgress(options, async () => {
      await this.#parts.predictor.sample(request, {
        signal: new AbortController().signal,
        onText: (part) => {
          text += part;
          redraw ??= this.#parts.timer.schedule(REDRAW_MS, () => {
            redraw = undefined;
            shownText.replace(uri, text);
          });
        },
      });
    });
    redraw?.dispose();
    shownText.replace(uri, text.endsWith("\n") ? text : `${text}\n`);
  }

  public async showReport(): Promise<void> {
    const { state, shownText, places } = this.#parts;
    await shownText.open("Model.inkling-report", modelReport(state.status, state.history, places));
  }

  public async showDoctor(): Promise<void> {
    const { engine, shownText, places } = this.#parts;
    const options = {
      location: vscode.ProgressLocation.Window,
      title: "Inkling looks at this machine",
      cancellable: false,
    };
    const backend = await vscode.window.withProgress(options, () => engine.describe("auto"));
    await shownText.open("Doctor.inkling-report", doctorReport(backend, places));
  }

  /** A seed that is another one each time. */
  public newSeed(): number {
    return this.#parts.clock.epochMs() % 2 ** 31;
  }

  #requireModel(): void {
    if (this.#parts.state.status.model === null) {
      throw new LmError("checkpointMissing", "");
    }
  }
}
