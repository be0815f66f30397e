import { Command, Option } from "commander";
import type { WeightsChoice } from "../protocol/engineMessages.ts";
import { TRAIN_LIMITS } from "../protocol/trainLimits.ts";
import type { RunCommand } from "./commandContext.ts";
import { addCompare } from "./compareProgram.ts";
import { runComplete } from "./completeCommand.ts";
import { addCountsBench } from "./countsProgram.ts";
import { runDecoderBench } from "./decoderBench.ts";
import { runDoctor } from "./doctorCommand.ts";
import { addAdaptationOptions, type AdaptationFlags, adaptationsOf } from "./adaptationOptions.ts";
import { runEvaluate } from "./evaluateCommand.ts";
import { addInspect } from "./inspectProgram.ts";
import { addClassify, addTag } from "./labelProgram.ts";
import { integerValue, numberValue, shareValue } from "./optionValues.ts";
import { type LatencyBenchArguments, runLatencyBench } from "./latencyBench.ts";
import { addMemoryBench } from "./memoryProgram.ts";
import { addMixtureBench } from "./mixtureProgram.ts";
import { addReplay } from "./replayProgram.ts";
import { runSample } from "./sampleCommand.ts";
import { runSetup } from "./setupCommand.ts";
import { addTrain } from "./trainProgram.ts";
import { addRecipeBench } from "./recipeProgram.ts";
import { addSoakBench } from "./soakProgram.ts";
import { addTrainingBench } from "./trainingProgram.ts";
import { addWindowsBench } from "./windowsProgram.ts";
import { weightsOption } from "./weightsOption.ts";
import { runTreebankBench } from "./treebankBench.ts";

/** The command line of Inkling; `parseAsync` throws `CommanderError` where it is used wrongly. */
export function createProgram(version: string, run: RunCommand): Command {
  const program = new Command("inkling")
    .description("Trains a language model on your files, on this machine, and completes what you write.")
    .version(version)
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "inkling: ")) })
    .showHelpAfterError("(add --help for more information)")
    .exitOverride();
  addDoctor(program, run);
  addSetup(program, run);
  addTrain(program, run);
  addEvaluate(program, run);
  addSample(program, run);
  addComplete(program, run);
  addReplay(program, run);
  addCompare(program, run);
  addInspect(program, run);
  addTag(program, run);
  addClassify(program, run);
  const bench = program.command("bench").description("measure this machine");
  addDecoderBench(bench, run);
  addTrainingBench(bench, run);
  addWindowsBench(bench, run);
  addSoakBench(bench, run);
  addRecipeBench(bench, run);
  addMixtureBench(bench, run);
  addLatencyBench(bench, run);
  addMemoryBench(bench, run);
  addCountsBench(bench, run);
  addTreebankBench(bench, run);
  return program;
}

const MOST = Number.MAX_SAFE_INTEGER;

const countValue = integerValue({ least: 1, most: MOST });
const seedValue = integerValue(TRAIN_LIMITS.seed);

function jsonOption(): Option {
  return new Option("--json", "print one JSON object a line").default(false);
}

function modelOption(): Option {
  return new Option("--model <dir>", "directory of a trained model").makeOptionMandatory();
}

function addDoctor(program: Command, run: RunCommand): void {
  program
    .command("doctor")
    .description("say what trains on this machine, and why nothing faster does")
    .addOption(jsonOption())
    .action(({ json }: { json: boolean }) => run(json, runDoctor));
}

function addSetup(program: Command, run: RunCommand): void {
  program
    .command("setup")
    .description("prepare TensorFlow, once for all models")
    .addOption(
      new Option("--gpu <choice>", "use an NVIDIA GPU where there is one").choices(["auto", "none"]).default("auto"),
    )
    .addOption(jsonOption())
    .action(({ json, gpu }: { json: boolean; gpu: "auto" | "none" }) =>
      run(json, (context) => runSetup({ gpu }, context)),
    );
}

interface EvaluateFlags extends AdaptationFlags {
  readonly model: string;
  readonly frozen: boolean;
  readonly weights?: WeightsChoice;
  readonly json: boolean;
}

function addEvaluate(program: Command, run: RunCommand): void {
  const command = program
    .command("evaluate")
    .description("score a model on files outside its training set")
    .argument("<path...>", "files or folders")
    .addOption(modelOption())
    .option("--frozen", "learn nothing from what was scored", false)
    .addOption(weightsOption());
  addAdaptationOptions(command)
    .addOption(jsonOption())
    .action((paths: string[], flags: EvaluateFlags) => {
      const { model, frozen: isFrozen, weights = null } = flags;
      return run(flags.json, (context) =>
        runEvaluate({ paths, model, isFrozen, weights, adaptations: adaptationsOf(flags) }, context),
      );
    });
}

interface SampleFlags {
  readonly model: string;
  readonly prompt: string;
  readonly length: number;
  readonly temperature: number;
  readonly topK?: number;
  readonly topP: number;
  readonly seed: number;
  readonly json: boolean;
  readonly beams?: number;
}

function addSample(program: Command, run: RunCommand): void {
  program
    .command("sample")
    .description("let a model write")
    .addOption(modelOption())
    .option("--prompt <text>", "what the text begins with", "")
    .option("--length <n>", "tokens at most", countValue, 200)
    .option("--temperature <t>", "0 writes the most probable, 1 as it was learnt", numberValue({ least: 0 }), 0.8)
    .option("--top-k <n>", "draw from the n likeliest tokens only (default: all)", countValue)
    .option("--top-p <p>", "draw from the likeliest that together have this probability", shareValue, 1)
    .option("--seed <n>", "start of the random numbers", seedValue, 1)
    .addOption(
      new Option("--beams <n>", "leave nothing to chance: search with so many texts at once")
        .argParser(countValue)
        .conflicts(["temperature", "topK", "topP"]),
    )
    .addOption(jsonOption())
    .action(({ json, length, topK, beams, ...flags }: SampleFlags) => {
      const drawn = { ...flags, topK: topK ?? null, beamWidth: beams ?? null };
      return run(json, (context) => runSample({ ...drawn, lengthTokens: length }, context));
    });
}

interface CompleteFlags {
  readonly model?: string;
  readonly count?: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly explain: boolean;
  readonly json: boolean;
}

function addComplete(program: Command, run: RunCommand): void {
  const indexValue = integerValue({ least: 0, most: MOST });
  program
    .command("complete")
    .description("print what the editor would offer at a place in a file")
    .option("--model <dir>", "directory of a trained model; needed without --count")
    .option("--count <folder>", "folder to count, as the editor does when it opens one")
    .requiredOption("--file <path>", "the file")
    .requiredOption("--line <n>", "line, from 0", indexValue)
    .requiredOption("--column <n>", "column in UTF-16 units, from 0", indexValue)
    .option("--explain", "list the likeliest next pieces, and the counts behind them", false)
    .addOption(jsonOption())
    .action(({ json, model, count, file, line, column, explain }: CompleteFlags, command: Command) => {
      if (model === undefined && count === undefined) {
        command.error("error: --model or --count is needed: without them nothing answers");
      }
      const places = { model: model ?? null, countFolder: count ?? null, file };
      const given = { ...places, position: { line, column }, isExplained: explain };
      return run(json, (context) => runComplete(given, context));
    });
}

interface DecoderFlags {
  readonly hidden: number;
  readonly matches: boolean;
  readonly layers: number;
  readonly vocab: number;
  readonly rounds: number;
  readonly eager: boolean;
  readonly python?: string;
  readonly json: boolean;
}

function addDecoderBench(bench: Command, run: RunCommand): void {
  bench
    .command("decoder")
    .description("time the kernels that predict, for one network")
    .option("--hidden <n>", "size of the hidden state", integerValue(TRAIN_LIMITS.hiddenSize), 512)
    .addOption(
      new Option("--matches", "with what followed the last match in the softmax too; rivals do not have it")
        .default(false)
        .conflicts(["python", "eager"]),
    )
    .option("--layers <n>", "LSTM layers", integerValue(TRAIN_LIMITS.layerCount), 1)
    .option("--vocab <n>", "pieces in the vocabulary", integerValue({ least: 2, most: 1 << 20 }), 2048)
    .option("--rounds <n>", "times each kernel is measured", integerValue({ least: 1, most: 10_000 }), 20)
    .option("--eager", "compare with the path that trains", false)
    .option("--python <program>", "a Python with the package onnxruntime, to compare with it")
    .addOption(jsonOption())
    .action((flags: DecoderFlags) =>
      run(flags.json, (context) =>
        runDecoderBench(
          {
            hiddenSize: flags.hidden,
            readsMatches: flags.matches,
            layerCount: flags.layers,
            vocabularySize: flags.vocab,
            roundCount: flags.rounds,
            isEagerCompared: flags.eager,
            python: flags.python ?? null,
          },
          context,
        ),
      ),
    );
}

interface LatencyFlags {
  readonly model?: string;
  readonly count?: string;
  readonly meanwhile: boolean;
  readonly file: string;
  readonly line: number;
  readonly keys: number;
  readonly train?: string;
  readonly scratch?: string;
  readonly background: boolean;
  readonly json: boolean;
}

function addLatencyBench(bench: Command, run: RunCommand): void {
  bench
    .command("latency")
    .description("time the answers to the keys of a typist, also while a model is trained")
    .option("--model <dir>", "directory of a trained model; needed without --count")
    .option("--count <folder>", "folder to count, before typing")
    .option("--meanwhile", "count while typing and not before", false)
    .requiredOption("--file <path>", "file to type from")
    .option("--line <n>", "line to begin at, from 0", integerValue({ least: 0, most: MOST }), 0)
    .option("--keys <n>", "keys to type", integerValue({ least: 1, most: 1_000_000 }), 300)
    .option("--train <folder>", "folder to train on meanwhile; needs --scratch")
    .option("--scratch <dir>", "directory for the model of that training")
    .option("--background", "have that training take half of the processors, and give way", false)
    .addOption(jsonOption())
    .action((given: LatencyFlags, command: Command) => {
      const { json, keys, train, scratch, count, meanwhile, model, background, ...flags } = given;
      if (model === undefined && count === undefined) {
        command.error("error: --model or --count is needed: without them nothing answers");
      }
      if ((train === undefined) !== (scratch === undefined)) {
        command.error("error: --train and --scratch are needed together");
      }
      const asked: LatencyBenchArguments = {
        ...flags,
        model: model ?? null,
        keyCount: keys,
        trainFolder: train ?? null,
        scratch: scratch ?? null,
        countFolder: count ?? null,
        countWhen: meanwhile ? "meanwhile" : "before",
      };
      return run(json, (context) => runLatencyBench(asked, context), background ? "background" : "fullSpeed");
    });
}

function addTreebankBench(bench: Command, run: RunCommand): void {
  bench
    .command("ptb")
    .description("score n-gram models on the Penn Treebank, which has to be at hand")
    .requiredOption("--data <path>", "zip archive or folder with ptb.train.txt, ptb.valid.txt and ptb.test.txt")
    .addOption(jsonOption())
    .action(({ json, data }: { json: boolean; data: string }) =>
      run(json, (context) => runTreebankBench({ data }, context)),
    );
}
