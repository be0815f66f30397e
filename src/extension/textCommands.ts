import * as vscode from "vscode";
import { LmError } from "../base/errors.ts";
import type { Clock } from "../base/ports.ts";
import type { Timer } from "../node/nodeTimer.ts";
import { buildCompletionQuery, caretContext } from "../protocol/completionQuery.ts";
import type { CompletionAnswer } from "../protocol/predictorMessages.ts";
import { linesOf, plainPosition } from "./editorDocument.ts";
import type { EngineHost } from "./engineHost.ts";
import { explanationText } from "./explanationText.ts";
import type { InklingState } from "./inklingState.ts";
import { WRITTEN_DOCUMENTS } from "./inlineProvider.ts";
import type { PredictorHost, SampleRequest } from "./predictorHost.ts";
import { doctorReport, modelReport, sampleHead, type ReportPlaces } from "./reportText.ts";
import { queryAsSet } from "./settings.ts";
import type { ShownText } from "./shownText.ts";
import { currentSettings } from "./workspaceJob.ts";

export const DEFAULT_SAMPLE: Omit<SampleRequest, "seed"> = { prompt: "", lengthTokens: 400, temperature: 0.8 };

const SAMPLE_NAME = "Sample.inkling-sample";
const REPORT_NAME = "Model.inkling-report";
const EXPLANATION_NAME = "Why.inkling-report";

/** Pieces listed in an explanation. */
const EXPLAIN_COUNT = 12;

/** Somebody waits for an explanation as a whole, not for a key: time for all the context. */
const EXPLAIN_BUDGET_MS = 1000;

const NOTHING_LEFT: CompletionAnswer = { suggestions: [], elapsedMs: 0, silence: "nothingLeft" };

const DOCTOR_NAME = "Doctor.inkling-report";

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
  #sampling: AbortController | undefined;

  public constructor(parts: TextCommandsParts) {
    this.#parts = parts;
    const { state, shownText, places } = parts;
    shownText.offer(REPORT_NAME, () => modelReport(state.status, state.history, places));
  }

  /** Writes a sample into an editor as the model makes it; the selection, if there is one, is what it begins with. */
  public async showSample(): Promise<void> {
    const { state, shownText } = this.#parts;
    this.#requireModel();
    const editor = vscode.window.activeTextEditor;
    const prompt = editor === undefined ? "" : editor.document.getText(editor.selection);
    const request: SampleRequest = { ...DEFAULT_SAMPLE, prompt, seed: this.newSeed() };
    let text = sampleHead({ status: state.status, ...request }) + prompt;
    // There is one tab for samples: what was being written there ends.
    this.#sampling?.abort();
    const sampling = new AbortController();
    this.#sampling = sampling;
    shownText.offer(SAMPLE_NAME, () => text);
    await shownText.open(SAMPLE_NAME);
    let redraw: { dispose(): void } | undefined;
    const options = { location: vscode.ProgressLocation.Window, title: "Inkling is writing", cancellable: false };
    await vscode.window.withProgress(options, async () => {
      await this.#parts.predictor.sample(request, {
        signal: sampling.signal,
        onText: (part) => {
          text += part;
          redraw ??= this.#parts.timer.schedule(REDRAW_MS, () => {
            redraw = undefined;
            shownText.refresh(SAMPLE_NAME);
          });
        },
      });
    });
    text = text.endsWith("\n") ? text : `${text}\n`;
    redraw?.dispose();
    shownText.refresh(SAMPLE_NAME);
  }

  public async showReport(): Promise<void> {
    await this.#parts.shownText.open(REPORT_NAME);
  }

  public async showDoctor(): Promise<void> {
    const { engine, shownText, places } = this.#parts;
    const options = {
      location: vscode.ProgressLocation.Window,
      title: "Inkling looks at this machine",
      cancellable: false,
    };
    const report = await vscode.window.withProgress(options, async () =>
      doctorReport({ backend: await engine.describe("auto"), gpus: await engine.readGpus() }, places),
    );
    shownText.offer(DOCTOR_NAME, () => report);
    await shownText.open(DOCTOR_NAME);
  }

  /** Says why something is suggested at the caret, or nothing is. */
  public async showExplanation(): Promise<void> {
    const { predictor, shownText } = this.#parts;
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined || vscode.languages.match([...WRITTEN_DOCUMENTS], editor.document) === 0) {
      void vscode.window.showInformationMessage(
        "Inkling: put the caret into a text that you write, then ask why something is suggested there.",
      );
      return;
    }
    const { document, selection } = editor;
    const position = plainPosition(selection.active);
    const lines = linesOf(document);
    const place = { document: document.uri.toString(), position };
    const query = buildCompletionQuery(lines, {
      ...place,
      selectedCompletion: null,
      trigger: "automatic",
      languageId: document.languageId,
      budgetMs: EXPLAIN_BUDGET_MS,
    });
    const { before, isFromStart } = caretContext(lines, position);
    const explanation = await predictor.explain({
      document: place.document,
      before,
      isFromStart,
      count: EXPLAIN_COUNT,
    });
    if (explanation === null) {
      throw new LmError("checkpointMissing", "");
    }
    const answer =
      query === undefined
        ? NOTHING_LEFT
        : await predictor.complete(queryAsSet(query, currentSettings()), new AbortController().signal);
    const text = explanationText({
      place: {
        name: vscode.workspace.asRelativePath(document.uri),
        ...position,
        linePrefix: document.lineAt(position.line).text.slice(0, position.column),
      },
      answer,
      explanation,
    });
    shownText.offer(EXPLANATION_NAME, () => text);
    await shownText.open(EXPLANATION_NAME);
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
