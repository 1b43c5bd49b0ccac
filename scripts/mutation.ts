import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writeFileAtomic } from "@nonmarkov/files/node";
import { build } from "../test/mutation/build.ts";
import { equivalents, excused } from "../test/mutation/equivalents.ts";
import type { Mutant } from "../test/mutation/mutant.ts";
import { readProgress, writeProgress } from "../test/mutation/progress.ts";
import type { MutationResults } from "../test/mutation/results.ts";
import { runTests } from "../test/mutation/runTests.ts";

/**
 * Plants mistakes in packages, one after the other, and says which of them the tests do not notice.
 * --planted: only those with a name; --only PART: only in files whose path contains PART. Without either the results are
 * kept in test/mutation/results.json, for docs/theorems.md.
 */
const { values: options } = parseArgs({
  options: { planted: { type: "boolean", default: false }, only: { type: "string" } },
});
const root = fileURLToPath(new URL("..", import.meta.url));
const isWhole = !options.planted && options.only === undefined;
const packages = ["schedule", "samplers"];

/** The tests that know these packages, the quick ones first: most mutants die there. */
const testFiles = [
  "packages/samplers/test/planners.test.ts",
  "packages/samplers/test/arrays.test.ts",
  "packages/samplers/test/sample.test.ts",
  "packages/samplers/test/correctors.test.ts",
  "packages/samplers/test/paths.test.ts",
  "packages/samplers/test/guidance.test.ts",
  "packages/samplers/test/learnedVariance.test.ts",
  "packages/samplers/test/predictions.test.ts",
  "packages/samplers/test/inpainting.test.ts",
  "packages/schedule/test/schedules.test.ts",
  "packages/schedule/test/family.test.ts",
  "packages/schedule/test/tau.test.ts",
  "packages/schedule/test/grids.test.ts",
  "packages/samplers/test/onestep.test.ts",
  "packages/samplers/test/solvers.test.ts",
  "test/theorems/euler.test.ts",
  "test/theorems/lemma1.test.ts",
  "test/theorems/ddpm.test.ts",
  "test/theorems/bayes.test.ts",
  "test/theorems/theorem1.test.ts",
  "test/theorems/generative.test.ts",
];

const { mutants, places, code } = build(root, packages);
const chosen = mutants.filter(
  ({ kind, file }) => (!options.planted || kind === "planted") && file.includes(options.only ?? ""),
);
const folder = mkdtempSync(join(tmpdir(), "nonmarkov-mutation-"));
const path = join(folder, "progress.json");
process.env["MUTATION_PROGRESS"] = path;
writeProgress(path, { places, alive: chosen.map(({ id }) => id), killedBy: {}, covered: [], loaded: {} });

console.log(`${chosen.length} mutants in ${code.size} files`);
const started = performance.now();
const seconds = (): number => Math.round((performance.now() - started) / 1000);
for (const file of testFiles) {
  if (readProgress(path).alive.length === 0) break;
  if (!(await runTests(root, code, path, file)))
    throw new Error(`mutation: ${file} fails without a mutant, or after one`);
  console.log(`${file}: ${readProgress(path).alive.length} are alive after ${seconds()} s`);
}

// what ran while a test file was loaded ran unchanged: those mutants are switched on before
const progress = readProgress(path);
const placeOf = new Map(
  places.flatMap(([first, end]) => Array.from({ length: end - first }, (_, i) => [first + i, first] as const)),
);
for (const id of progress.alive) {
  const files = testFiles.filter((file) => progress.loaded[file]?.includes(placeOf.get(id)!));
  process.env["MUTANT"] = String(id);
  for (const file of files)
    if (!(await runTests(root, code, path, file))) {
      progress.killedBy[id] = `${file}, switched on while it is loaded`;
      break;
    }
  delete process.env["MUTANT"];
}
rmSync(folder, { recursive: true });

const isKilled = ({ id }: Mutant): boolean => progress.killedBy[id] !== undefined;
const excuses = excused(
  equivalents,
  chosen.filter((m) => !isKilled(m)),
);
const equivalent = new Set(excuses.values());
const isEquivalent = (m: Mutant): boolean => equivalent.has(m);
const survivors = chosen.filter((m) => !isKilled(m) && !isEquivalent(m));
const tally = (list: readonly Mutant[]) => ({
  mutants: list.length,
  killed: list.filter(isKilled).length,
  equivalent: list.filter((m) => !isKilled(m) && isEquivalent(m)).length,
});
const total = tally(chosen);

const covered = new Set([...progress.covered, ...Object.values(progress.loaded).flat()]);
const short = (text: string): string => (text.length > 150 ? `${text.slice(0, 150)}...` : text);
for (const m of survivors)
  console.log(
    `${m.file}:${m.line} ${m.name ?? m.kind}${covered.has(placeOf.get(m.id)!) ? "" : " (never run)"}: ${short(m.original)}  →  ${short(m.mistake)}`,
  );
const score = total.killed / (total.mutants - total.equivalent);
console.log(
  `${total.mutants} mutants: ${total.killed} noticed, ${total.equivalent} equivalent, ${survivors.length} survive; ` +
    `score ${(100 * score).toFixed(1)} %, ${seconds()} s`,
);
if (isWhole) {
  for (const { file, original, mistake } of equivalents.filter((e) => !excuses.has(e)))
    console.log(`equivalents.ts: ${file}: ${original} → ${mistake} is noticed, or no mutant; take it out`);
  const results: MutationResults = {
    date: new Date().toISOString().slice(0, 10),
    ...total,
    packages: Object.fromEntries(
      packages.map((name) => [name, tally(chosen.filter(({ file }) => file.startsWith(`packages/${name}/`)))]),
    ),
    planted: chosen
      .filter(({ kind }) => kind === "planted")
      .map(({ id, name, file }) => ({ name: name!, file, noticedBy: progress.killedBy[id] ?? "" })),
    survivors: survivors.map(({ file, line, original, mistake }) => ({ file, line, original, mistake })),
  };
  await writeFileAtomic(join(root, "test/mutation/results.json"), `${JSON.stringify(results, null, 2)}\n`);
}
// Vitest has set it where a test failed, as most must
process.exitCode = (options.planted ? survivors.length > 0 : score < 0.95) ? 1 : 0;
