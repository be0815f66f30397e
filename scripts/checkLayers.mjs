// Checks the arrows between layers. Usage: node scripts/checkLayers.mjs [ROOT]
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { cruise } from "dependency-cruiser";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";

const repository = dirname(dirname(fileURLToPath(import.meta.url)));
const root = resolve(process.argv[2] ?? repository);
process.chdir(root);

const configPath = join(root, ".dependency-cruiser.cjs");
const config = createRequire(import.meta.url)(configPath);
const tsConfig = extractTSConfig(join(root, config.options.tsConfig.fileName));
const { output } = await cruise(
  ["src"],
  { ...config.options, ruleSet: { forbidden: config.forbidden }, validate: true },
  config.options.enhancedResolveOptions,
  { tsConfig },
);

// With a TypeScript that it cannot read, dependency-cruiser sees no module and finds nothing wrong.
const sources = readdirSync(join(root, "src"), { recursive: true }).filter((path) => String(path).endsWith(".ts"));
const seen = new Set(output.modules.map((module) => module.source));
const unseen = sources.map((path) => `src/${path}`).filter((path) => existsSync(join(root, path)) && !seen.has(path));
if (seen.size === 0 || unseen.length > 0) {
  console.error(
    `layers: ${unseen.length} of ${sources.length} modules were not read, such as ${unseen[0] ?? "(none)"}.`,
  );
  process.exit(1);
}

const violations = output.summary.violations;
for (const { rule, from, to } of violations) {
  const comment = config.forbidden.find((candidate) => candidate.name === rule.name)?.comment ?? "";
  console.error(`${rule.name}: ${from} → ${to}${comment === "" ? "" : `. ${comment}`}`);
}
const arrows = output.modules.reduce((sum, module) => sum + module.dependencies.length, 0);
console.log(`layers: ${sources.length} modules, ${arrows} imports, ${violations.length} violations`);
process.exit(violations.length > 0 ? 1 : 0);
