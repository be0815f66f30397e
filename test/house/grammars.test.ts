import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createOnigScanner, createOnigString, loadWASM } from "vscode-oniguruma";
import * as textmate from "vscode-textmate";
import { IDLE_STATUS } from "../../src/extension/inklingState.ts";
import { explanationText } from "../../src/extension/explanationText.ts";
import { modelReport, sampleHead } from "../../src/extension/reportText.ts";
import { EMPTY_RUN_HISTORY, type ProgressPoint } from "../../src/protocol/dashboardMessages.ts";

const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

interface GrammarContribution {
  readonly scopeName: string;
  readonly path: string;
}

interface ScopedText {
  readonly text: string;
  readonly scope: string;
}

const point: ProgressPoint = {
  elapsedSeconds: 65,
  step: 10,
  stepCount: 5,
  tokens: 12_000,
  lossNats: 2,
  gradientNorm: 1.5,
  clippedGradientNorm: 1,
  clippedFraction: 0.2,
  tokensPerSecond: 14_000,
  learningRate: 0.002,
};

function contributions(): readonly GrammarContribution[] {
  const manifest = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as {
    readonly contributes: { readonly grammars: readonly GrammarContribution[] };
  };
  return manifest.contributes.grammars;
}

describe("The grammars for what Inkling shows as text", () => {
  let registry: textmate.Registry;

  before(async () => {
    const wasmPath = createRequire(import.meta.url).resolve("vscode-oniguruma/release/onig.wasm");
    await loadWASM(new Uint8Array(readFileSync(wasmPath)).buffer);
    registry = new textmate.Registry({
      onigLib: Promise.resolve({ createOnigScanner, createOnigString }),
      loadGrammar: (scopeName) => {
        const found = contributions().find((grammar) => grammar.scopeName === scopeName);
        assert.ok(found, `package.json contributes a grammar for ${scopeName}`);
        const path = join(repository, found.path);
        return Promise.resolve(textmate.parseRawGrammar(readFileSync(path, "utf8"), path));
      },
    });
  });

  after(() => {
    registry.dispose();
  });

  /** The pieces of a text with their innermost scope; pieces without one of their own are left out. */
  async function scopesOf(rootScope: string, lines: readonly string[]): Promise<readonly ScopedText[]> {
    const grammar = await registry.loadGrammar(rootScope);
    assert.ok(grammar);
    const pieces: ScopedText[] = [];
    let state: textmate.StateStack = textmate.INITIAL;
    for (const line of lines) {
      const result = grammar.tokenizeLine(line, state);
      state = result.ruleStack;
      for (const { startIndex, endIndex, scopes } of result.tokens) {
        const scope = scopes.at(-1) ?? rootScope;
        const text = line.slice(startIndex, endIndex);
        if (scope !== rootScope && !scope.startsWith("meta.") && text.trim() !== "") {
          pieces.push({ text, scope: scope.replace(/\.inkling-\w+$/, "") });
        }
      }
    }
    return pieces;
  }

  async function checkScopes(
    rootScope: string,
    lines: readonly string[],
    expected: readonly (readonly [text: string, scope: string])[],
  ): Promise<void> {
    const scoped = await scopesOf(rootScope, lines);
    assert.deepEqual(
      scoped.map(({ text, scope }) => [text, scope]),
      expected,
    );
  }

  it("mark the settings of a sample, and leave the sampled text alone, whatever it looks like", async () => {
    await checkScopes(
      "text.inkling-sample",
      ["# Inkling sample", "temperature: 0.8", 'prompt: "a \\"b\\""', "---", "# no heading", "key: 12 %", "---"],
      [
        ["#", "punctuation.definition.heading"],
        ["Inkling sample", "entity.name.section"],
        ["temperature", "variable.parameter"],
        [":", "punctuation.separator.key-value"],
        ["0.8", "constant.numeric"],
        ["prompt", "variable.parameter"],
        [":", "punctuation.separator.key-value"],
        ['"', "string.quoted.double"],
        ["a ", "string.quoted.double"],
        ['\\"', "constant.character.escape"],
        ["b", "string.quoted.double"],
        ['\\"', "constant.character.escape"],
        ['"', "string.quoted.double"],
        ["---", "punctuation.definition.separator"],
      ],
    );
  });

  it("take a text without a head for sampled text altogether", async () => {
    await checkScopes("text.inkling-sample", ["temperature: 0.8", "# heading"], []);
  });

  const reportRows: readonly {
    readonly title: string;
    readonly line: string;
    readonly expected: readonly (readonly [text: string, scope: string])[];
  }[] = [
    {
      title: "a heading",
      line: "## Training",
      expected: [
        ["##", "punctuation.definition.heading"],
        ["Training", "entity.name.section"],
      ],
    },
    {
      title: "a figure with its unit and its count",
      line: "validation perplexity: 1,040 over 12,345 tokens",
      expected: [
        ["validation perplexity", "variable.parameter"],
        [":", "punctuation.separator.key-value"],
        ["1,040", "constant.numeric"],
        ["12,345", "constant.numeric"],
        ["tokens", "keyword.other.unit"],
      ],
    },
    {
      title: "a time in two units",
      line: "trained for: 2 min 05 s",
      expected: [
        ["trained for", "variable.parameter"],
        [":", "punctuation.separator.key-value"],
        ["2", "constant.numeric"],
        ["min", "keyword.other.unit"],
        ["05", "constant.numeric"],
        ["s", "keyword.other.unit"],
      ],
    },
    {
      title: "a share, also one below what can be shown",
      line: "clipped: < 1 % of 43 %",
      expected: [
        ["clipped", "variable.parameter"],
        [":", "punctuation.separator.key-value"],
        ["<", "keyword.operator.comparison"],
        ["1", "constant.numeric.percentage"],
        [" %", "keyword.other.unit.percentage"],
        ["43", "constant.numeric.percentage"],
        [" %", "keyword.other.unit.percentage"],
      ],
    },
    {
      title: "a path, and no number inside it",
      line: "model: /home/me/My Models/v2/model-7",
      expected: [
        ["model", "variable.parameter"],
        [":", "punctuation.separator.key-value"],
        ["/home/me/My Models/v2/model-7", "string.unquoted.path"],
      ],
    },
    {
      title: "a moment as one figure",
      line: "started: 2026-11-21T08:45:39.550Z",
      expected: [
        ["started", "variable.parameter"],
        [":", "punctuation.separator.key-value"],
        ["2026-11-21T08:45:39.550Z", "constant.other.date"],
      ],
    },
    {
      title: "a missing figure",
      line: "bits per byte: –",
      expected: [
        ["bits per byte", "variable.parameter"],
        [":", "punctuation.separator.key-value"],
        ["–", "constant.language.missing"],
      ],
    },
    {
      title: "words with digits in them as words",
      line: "backend: TensorFlow cuda12 x86_64 2.21.0",
      expected: [
        ["backend", "variable.parameter"],
        [":", "punctuation.separator.key-value"],
      ],
    },
    {
      title: "a curve with the figures of its ends",
      line: "perplexity: █▇▅▃▂▁ 142 to 8.21",
      expected: [
        ["perplexity", "variable.parameter"],
        [":", "punctuation.separator.key-value"],
        ["█▇▅▃▂▁", "markup.inserted.sparkline"],
        ["142", "constant.numeric"],
        ["8.21", "constant.numeric"],
      ],
    },
  ];

  it("find a name and a value in every line of a real report", async () => {
    const history = {
      ...EMPTY_RUN_HISTORY,
      startedEpochMs: 1,
      clipNorm: 1,
      progress: [point, point],
      stopped: "budget",
    };
    const places = {
      modelDirectory: "/model",
      cacheDirectory: "/cache",
      inklingVersion: "0.1.0",
      editorVersion: "VS Code 1.139",
      nodeVersion: "v24",
    };
    const backend = { backend: "portable", device: "cpu", tensorflow: null, reasons: ["there is no Python"] } as const;
    const lines = modelReport({ ...IDLE_STATUS, backend }, history, places)
      .trimEnd()
      .split("\n");
    assert.ok(lines.length > 15, lines.join("\n"));
    for (const line of lines.filter((text) => text !== "")) {
      const scopes = (await scopesOf("text.inkling-report", [line])).map(({ scope }) => scope);
      const isKnown = scopes.some((scope) => /^(entity\.name\.section|variable\.parameter|comment\.line)/.test(scope));
      assert.ok(isKnown, `${line}: ${scopes.join(", ")}`);
    }
    const drawn = await scopesOf("text.inkling-report", lines);
    assert.equal(drawn.filter(({ scope }) => scope === "markup.inserted.sparkline").length, 2);
  });

  it("know every line of a real explanation", async () => {
    const experts = { counts: 0.8, network: 0.75 };
    const token = { text: "Fastify: ", isEnd: false, probability: 0.9, experts, counts: [] };
    const followers = [{ text: "\n", isEnd: false, count: 12 }];
    const context = { text: "a: b", isFromStart: true, tokenCount: 2, total: 14, followerCount: 2, followers };
    const places = { inWorkspace: 10, inDocument: 4, inNearFiles: 3, inLatelyWritten: 1 };
    const text = explanationText({
      place: { name: "src/a.ts", line: 11, column: 2, linePrefix: "Fa" },
      answer: { suggestions: [], elapsedMs: 1, silence: "unsure" },
      explanation: { typed: "Fa", next: [token], comes: null, contexts: [{ ...context, ...places }] },
    });
    const lines = text.split("\n").filter((line) => line !== "");
    assert.ok(lines.length > 10, text);
    for (const line of lines) {
      const scopes = (await scopesOf("text.inkling-report", [line])).map(({ scope }) => scope);
      const isKnown = scopes.some((scope) => /^(entity\.name\.section|variable\.parameter|comment\.line)/.test(scope));
      assert.ok(isKnown, `${line}: ${scopes.join(", ")}`);
    }
  });

  it("find the head of a real sample, and where it ends", async () => {
    const facts = { status: IDLE_STATUS, prompt: 'a "b"\n', temperature: 0.8, lengthTokens: 400, seed: 7 };
    const lines = sampleHead(facts).trimEnd().split("\n");
    const scoped = await scopesOf("text.inkling-sample", [...lines, "seed: 8"]);
    assert.equal(scoped.filter(({ scope }) => scope === "variable.parameter").length, lines.length - 2);
    assert.equal(scoped.at(-1)?.text, "---");
  });

  for (const { title, line, expected } of reportRows) {
    it(`find in a report ${title}`, async () => {
      await checkScopes("text.inkling-report", [line], expected);
    });
  }
});
