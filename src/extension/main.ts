import { join } from "node:path";
import * as vscode from "vscode";
import { DisposableStore } from "../base/disposable.ts";
import { LmError } from "../base/errors.ts";
import { createNodeClock } from "../node/nodeClock.ts";
import { createNodeTimer } from "../node/nodeTimer.ts";
import { cacheDirectory } from "../node/tensorflow/cacheDirectory.ts";
import type { CompletionAnswer } from "../protocol/predictorMessages.ts";
import { Commands } from "./commands.ts";
import { buildCompletionQuery } from "../protocol/completionQuery.ts";
import { CompareCommand } from "./compareCommand.ts";
import { ComparisonRun } from "./comparisonRun.ts";
import { DashboardPanel } from "./dashboardPanel.ts";
import { DocumentTracker } from "./documentTracker.ts";
import { linesOf, plainPosition } from "./editorDocument.ts";
import { EngineHost } from "./engineHost.ts";
import { GradientsCommand } from "./gradientsCommand.ts";
import { GradientsRun } from "./gradientsRun.ts";
import { describeFailure } from "./failureMessages.ts";
import type { InklingApi } from "./inklingApi.ts";
import type { IdleTrainer } from "./idleTrainer.ts";
import { trainWhenIdle } from "./idleTraining.ts";
import { InklingState } from "./inklingState.ts";
import { InlineProvider, WRITTEN_DOCUMENTS } from "./inlineProvider.ts";
import { ModelFolder } from "./modelFolder.ts";
import { ModelLoader } from "./modelLoader.ts";
import { OutputLog } from "./outputLog.ts";
import { PredictorHost } from "./predictorHost.ts";
import { createPredictorClient } from "./predictorThread.ts";
import { isLanguageEnabled, queryAsSet } from "./settings.ts";
import { ShownText } from "./shownText.ts";
import { StatusBar } from "./statusBar.ts";
import type { SuggestionCounter } from "./suggestionCounter.ts";
import { AcceptanceStore } from "./acceptanceStore.ts";
import { SuggestionMemory } from "./suggestionMemory.ts";
import { SurpriseView } from "./surpriseView.ts";
import { TensorflowSetUp } from "./tensorflowSetUp.ts";
import { DEFAULT_SAMPLE, TextCommands } from "./textCommands.ts";
import { TrainCommand } from "./trainCommand.ts";
import { TrainingController } from "./trainingController.ts";
import { UserMessages } from "./userMessages.ts";
import { WorkspaceCounter } from "./workspaceCounter.ts";
import { workspaceIdentity } from "./workspaceIdentity.ts";
import { chosenPython, currentSettings, diskFolders } from "./workspaceJob.ts";

/** Builds the extension's graph; everything in it ends with the extension. */
export function activate(context: vscode.ExtensionContext): InklingApi {
  const owned = new DisposableStore();
  context.subscriptions.push(owned);
  const core = buildCore(context, owned);
  return buildFace(context, owned, core);
}

/** Ends nothing itself: what `activate` built is disposed by the editor. */
export function deactivate(): void {
  // The engine process saves what it has and ends when its parent is gone.
}

type Core = ReturnType<typeof buildCore>;

/** What works without the screen: state, engine, predictor, training. */
function buildCore(context: vscode.ExtensionContext, owned: DisposableStore) {
  const clock = createNodeClock();
  const timer = createNodeTimer();
  const shownText = owned.add(new ShownText());
  const log = owned.add(new OutputLog({ shownText, clock, timer }));
  const dist = context.asAbsolutePath("dist");
  const workspace = workspaceIdentity();
  const state = owned.add(new InklingState());
  const globalStorage = context.globalStorageUri.fsPath;
  const engine = owned.add(
    new EngineHost({
      entry: join(dist, "engine.cjs"),
      clock,
      timer,
      log,
      places: () => ({ tensorflowPath: currentSettings().tensorflowPath, pythonPath: chosenPython(), globalStorage }),
    }),
  );
  const predictor = owned.add(
    new PredictorHost(createPredictorClient(join(dist, "predictor.cjs"), { clock, timer, log })),
  );
  const loader = new ModelLoader({ predictor, state, log });
  const folder = new ModelFolder(join(globalStorage, "models", workspace ?? "no-workspace"));
  const controller = owned.add(new TrainingController({ engine, loader, state, folder, clock, log }));
  const runParts = { engine, memory: context.workspaceState, clock, log };
  const comparison = owned.add(new ComparisonRun(runParts));
  const gradients = owned.add(new GradientsRun(runParts));
  const modelDirectory = workspace === undefined ? undefined : folder.directory;
  const countsDirectory = workspace === undefined ? undefined : join(globalStorage, "models", workspace, "counts");
  return {
    shownText,
    log,
    clock,
    timer,
    state,
    engine,
    predictor,
    loader,
    folder,
    controller,
    comparison,
    gradients,
    modelDirectory,
    countsDirectory,
    globalStorage,
  };
}

/** What is learnt from what people take. */
interface Taken {
  readonly counter: SuggestionCounter;
  readonly acceptance: AcceptanceStore;
}

/** What people meet: commands, messages, status bar, dashboard, ghost text. */
function buildFace(context: vscode.ExtensionContext, owned: DisposableStore, core: Core): InklingApi {
  const { log, clock, timer, shownText, state, engine, predictor, controller, comparison, gradients } = core;
  const taken: Taken = {
    counter: owned.add(new SuggestionMemory(context.workspaceState, timer)).counter,
    acceptance: owned.add(new AcceptanceStore(context.workspaceState, timer)),
  };
  const places = placesOf(context, core.modelDirectory);
  log.write("info", `Inkling ${places.inklingVersion} in ${places.editorVersion}, Node ${places.nodeVersion}.`);
  const texts = new TextCommands({ state, engine, predictor, shownText, places, clock, timer });
  const setUp = owned.add(
    new TensorflowSetUp({ state, engine, memory: context.globalState, globalStorage: core.globalStorage, log }),
  );
  const idle = trainWhenIdle(owned, { ...core, memento: context.workspaceState });
  const runs = buildRunCommands(core, { idle, showDashboard: () => dashboard.show() });
  const messages = new UserMessages(log, (action) => commands.runFailureAction(action));
  const showFailure = (error: unknown): Promise<void> => messages.showFailure(error);
  const showLog = (): Promise<void> => log.show();
  const commands = owned.add(
    new Commands({
      ...runs,
      comparison,
      gradients,
      controller,
      texts,
      surprise: owned.add(new SurpriseView(core)),
      setUp,
      dashboard: () => dashboard,
      ...taken,
      showLog,
      showFailure,
    }),
  );
  const dashboard = owned.add(
    new DashboardPanel({
      extensionUri: context.extensionUri,
      state,
      comparison,
      gradients,
      onAction: (action) => commands.runDashboardAction(action),
    }),
  );
  followSettings(owned, core);
  followSwitch(owned, core);
  followCounts(owned, core, taken.counter);
  followContextKeys(owned, core);
  state.update({ isLoading: core.modelDirectory !== undefined && core.folder.isOccupied });
  owned.add(new StatusBar(state));
  const whenReady = restoreModel(core)
    .finally(() => state.update({ isLoading: false }))
    .catch(showFailure);
  const workspaceCounter = offerSuggestions(owned, core, taken);
  owned.add(workspaceCounter.onDidChangeFile(() => idle.noteChange()));
  // Only then is it known over which vocabulary to count.
  void whenReady.then(() => workspaceCounter.count());
  return buildApi(core, { ...runs, texts, whenReady });
}

/** What a person can have trained by command. */
interface RunCommands {
  readonly train: TrainCommand;
  readonly compare: CompareCommand;
  readonly inspectGradients: GradientsCommand;
}

function buildRunCommands(
  { controller, state, comparison, gradients, modelDirectory }: Core,
  { idle, showDashboard }: { readonly idle: IdleTrainer; readonly showDashboard: () => void },
): RunCommands {
  const makeWay = async (): Promise<void> => {
    comparison.refuseWhileRunning();
    gradients.refuseWhileRunning();
    await idle.makeWay();
  };
  return {
    train: new TrainCommand({ controller, state, modelDirectory, makeWay }),
    compare: new CompareCommand({ comparison, state, makeWay, showDashboard }),
    inspectGradients: new GradientsCommand({ gradients, state, makeWay, showDashboard }),
  };
}

/** Where things are and what runs here, for reports. */
function placesOf(context: vscode.ExtensionContext, modelDirectory: string | undefined) {
  return {
    modelDirectory,
    cacheDirectory: cacheDirectory(),
    inklingVersion: String((context.extension.packageJSON as { readonly version?: unknown }).version),
    editorVersion: `${vscode.env.appName} ${vscode.version}`,
    nodeVersion: process.version,
  };
}

interface ApiParts extends RunCommands {
  readonly texts: TextCommands;
  readonly whenReady: Promise<void>;
}

function buildApi(core: Core, { train, compare, inspectGradients, texts, whenReady }: ApiParts): InklingApi {
  const { comparison, gradients, controller, state, predictor, modelDirectory } = core;
  return {
    train: (overrides) => train.runQuietly(overrides),
    cancelTraining: () => controller.cancel(),
    pauseTraining: () => controller.pause(),
    resumeTraining: () => controller.resume(),
    compare: (choice = {}) => compare.runQuietly(choice),
    cancelComparison: () => comparison.cancel(),
    comparison: () => comparison.view,
    inspectGradients: (choice = {}) => inspectGradients.runQuietly(choice),
    cancelGradients: () => gradients.cancel(),
    gradients: () => gradients.view,
    status: () => state.status,
    onDidChangeStatus: state.onDidChangeStatus,
    whenReady,
    modelDirectory,
    suggest: (document, position) => suggest(core, document, position),
    sample: (options) =>
      predictor.sample(
        { ...DEFAULT_SAMPLE, seed: texts.newSeed(), ...options },
        { signal: new AbortController().signal, onText: () => undefined },
      ),
  };
}

/** Loads the model and the history that an earlier session left. */
async function restoreModel({ folder, loader, state, modelDirectory, log }: Core): Promise<void> {
  if (modelDirectory === undefined || !folder.isOccupied) {
    return;
  }
  state.restore(await folder.readHistory());
  const model = await loader.load(modelDirectory);
  const { problem } = loader;
  if (model === undefined && problem !== undefined && problem.code !== "checkpointMissing") {
    state.update({ failure: describeFailure(problem) });
    throw new LmError(problem.code, problem.message, { facts: problem.facts });
  }
  log.write(
    "info",
    model === undefined
      ? "There is no model of this workspace yet."
      : `Loaded the model of this workspace, step ${model.step}.`,
  );
}

function followSettings(owned: DisposableStore, { state, log }: Core): void {
  const follow = (): void => {
    const { isEnabled, problems } = currentSettings();
    for (const problem of problems) {
      log.write("warning", problem);
    }
    state.update({ isEnabled, hasWorkspace: diskFolders().length > 0 });
  };
  follow();
  owned.add(
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("inkling")) {
        follow();
      }
    }),
  );
  owned.add(vscode.workspace.onDidChangeWorkspaceFolders(follow));
}

/** Makes what is on the screen follow the switch at once: the editor asks again only at the next key. */
function followSwitch(owned: DisposableStore, { state }: Core): void {
  let wasEnabled = state.status.isEnabled;
  owned.add(
    state.onDidChangeStatus(({ isEnabled }) => {
      if (isEnabled !== wasEnabled) {
        wasEnabled = isEnabled;
        void vscode.commands.executeCommand(`editor.action.inlineSuggest.${isEnabled ? "trigger" : "hide"}`);
      }
    }),
  );
}

function followCounts(owned: DisposableStore, { state }: Core, counter: SuggestionCounter): void {
  state.update({ suggestions: counter.counts });
  owned.add(counter.onDidChange((suggestions) => state.update({ suggestions })));
}

/** Tells the command palette what can be done now. */
function followContextKeys(owned: DisposableStore, { state, comparison, gradients }: Core): void {
  const known = new Map<string, boolean>();
  const set = (key: string, { isTrue }: { readonly isTrue: boolean }): void => {
    if (known.get(key) !== isTrue) {
      known.set(key, isTrue);
      void vscode.commands.executeCommand("setContext", key, isTrue);
    }
  };
  owned.add(
    comparison.onDidChange((view) => {
      set("inkling.isComparing", { isTrue: view.state === "running" });
    }),
  );
  owned.add(
    gradients.onDidChange((view) => {
      set("inkling.isInspectingGradients", { isTrue: view.state === "running" });
    }),
  );
  owned.add(
    state.onDidChangeStatus(({ activity, model }) => {
      set("inkling.isTraining", { isTrue: activity !== "idle" });
      set("inkling.isPaused", { isTrue: activity === "pausing" || activity === "paused" });
      set("inkling.isCancelling", { isTrue: activity === "cancelling" });
      set("inkling.hasModel", { isTrue: model !== null });
    }),
  );
}

function offerSuggestions(
  owned: DisposableStore,
  { state, predictor, timer, log, countsDirectory }: Core,
  { counter, acceptance }: Taken,
): WorkspaceCounter {
  const isWanted = (document: vscode.TextDocument): boolean => {
    const { isEnabled, languages } = currentSettings();
    const { model, counts, counting } = state.status;
    const hasAnswers = model !== null || counts !== null || counting !== null;
    return hasAnswers && isEnabled && isLanguageEnabled(languages, document.languageId);
  };
  const complete: PredictorHost["complete"] = (query, signal) =>
    predictor.complete(queryAsSet(query, currentSettings()), signal);
  const provider = new InlineProvider({ complete, isWanted, counter, acceptance, timer, log });
  owned.add(vscode.languages.registerInlineCompletionItemProvider([...WRITTEN_DOCUMENTS], provider));
  const tracker = owned.add(new DocumentTracker({ predictor, isWanted, timer, log }));
  const workspaceCounter = owned.add(new WorkspaceCounter({ predictor, state, timer, log, storage: countsDirectory }));
  tracker.tellAll();
  let known: string | undefined;
  owned.add(
    state.onDidChangeStatus(({ model, counts }) => {
      const newest = `${model?.step ?? ""} ${counts === null}`;
      if (newest !== known) {
        known = newest;
        tracker.prepareSoon();
      }
    }),
  );
  return workspaceCounter;
}

async function suggest(
  { predictor }: Core,
  document: vscode.TextDocument,
  position: vscode.Position,
): Promise<CompletionAnswer> {
  const query = buildCompletionQuery(linesOf(document), {
    document: document.uri.toString(),
    position: plainPosition(position),
    selectedCompletion: null,
    trigger: "explicit",
    budgetMs: 1000,
  });
  if (query === undefined) {
    return { suggestions: [], elapsedMs: 0, silence: "nothingLeft" };
  }
  return predictor.complete(query, new AbortController().signal);
}
