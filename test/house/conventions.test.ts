import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Every file of some folders whose name ends as asked. */
function filesOf(folders: readonly string[], ending: RegExp): readonly SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => ending.test(path))
      .sort()
      .map((path) => ({ path: `${folder}/${path}`, text: readFileSync(join(repository, folder, path), "utf8") })),
  );
}

function linesThat(files: readonly SourceFile[], isBad: (line: string) => boolean): readonly string[] {
  return files.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) => (isBad(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
}

describe("The sources", () => {
  const typescript = filesOf(["src", "test"], /\.ts$/);
  const everything = [...typescript, ...filesOf(["scripts", ".ci", "media"], /\.(mjs|mts|cjs|css|svg)$|^run$/)];

  it("are there to be looked at", () => {
    assert.ok(typescript.length > 100, `${typescript.length} files`);
  });

  it("are named in camelCase, and never utils, helpers, common, misc or index", () => {
    const bad = typescript.filter(({ path }) => {
      const name = basename(path).replace(/\.(test|suite|d)?\.?ts$/, "");
      return !/^[a-z][a-zA-Z0-9]*$/.test(name) || /^(utils?|helpers?|common|misc|index)$/i.test(name);
    });
    assert.deepEqual(
      bad.map(({ path }) => path),
      [],
    );
  });

  it("name the rule and the reason of every suppression on its line", () => {
    const bad = linesThat(
      everything,
      (line) =>
        /\/[/*]\s*(eslint-disable|@ts-)/.test(line) &&
        !/(eslint-disable(-next-line|-line)? @?[a-z][\w/@-]*.* -- \S|@ts-expect-error -- \S)/.test(line),
    );
    assert.deepEqual(bad, []);
  });

  it("leave no work behind without an issue", () => {
    // Put together, so that this file does not find itself.
    const words = new RegExp(
      `\\b(${["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"].join("|")})\\b(?! \\(issue \\d+\\))`,
    );
    assert.deepEqual(
      linesThat(everything, (line) => words.test(line)),
      [],
    );
  });

  it("name no package index: npm and pip know theirs", () => {
    const hosts = new RegExp(
      ["registry\\.npm" + "js", "npm" + "mirror\\.com", "pypi\\.o" + "rg", "files\\.python" + "hosted"].join("|"),
    );
    assert.deepEqual(
      linesThat(everything, (line) => hosts.test(line)),
      [],
    );
  });

  it("have a doc comment on every function and class that src exports", () => {
    const bad = typescript.filter(({ path }) => path.startsWith("src/")).flatMap(undocumentedExports);
    assert.deepEqual(bad, []);
  });
});

describe("Exported declarations", () => {
  it("count as documented only with a doc comment", () => {
    const text =
      "/** One. */\nexport function one(): void {}\n// Two.\nexport class Two {}\nexport const three = (): void => {};\n";
    assert.deepEqual(undocumentedExports({ path: "planted.ts", text }), ["planted.ts: Two", "planted.ts: three"]);
  });
});

function undocumentedExports({ path, text }: SourceFile): readonly string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  return source.statements
    .filter((statement) => isExportedCode(statement) && ts.getJSDocCommentsAndTags(statement).length === 0)
    .map((statement) => `${path}: ${nameOf(statement)}`);
}

function isExportedCode(statement: ts.Statement): boolean {
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
    return isExported(statement);
  }
  return (
    ts.isVariableStatement(statement) &&
    isExported(statement) &&
    statement.declarationList.declarations.some(
      ({ initializer }) => initializer !== undefined && ts.isFunctionLike(initializer),
    )
  );
}

function isExported({ modifiers }: ts.FunctionDeclaration | ts.ClassDeclaration | ts.VariableStatement): boolean {
  return (modifiers ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}

function nameOf(statement: ts.Statement): string {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText()).join(", ");
  }
  return (statement as ts.FunctionDeclaration | ts.ClassDeclaration).name?.text ?? "(nameless)";
}
