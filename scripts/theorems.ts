import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFileAtomic } from "@nonmarkov/files/node";
import { startVitest, type TestCase } from "vitest/node";
import type { MutationResults } from "../test/mutation/results.ts";
import { isCaseOf, outcomeKey, type Outcome } from "../test/theorems/page/outcome.ts";
import { readDeclared } from "../test/theorems/page/readDeclared.ts";
import { renderPage } from "../test/theorems/page/renderPage.ts";
import { statements } from "../test/theorems/statements.ts";
import { alias } from "../vitest.config.ts";

/** Runs test/theorems and writes what its tests say, where they are and how they went to docs/theorems.md. */

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "test/theorems");
const tests = readDeclared(folder);

const vitest = await startVitest(
  "test",
  [...new Set(tests.map(({ file }) => join(folder, file)))],
  {
    root,
    config: false,
    watch: false,
    include: ["test/theorems/*.test.ts"],
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 300_000,
    setupFiles: [join(folder, "page/countRuns.ts")],
    reporters: ["default"],
  },
  { resolve: { alias } },
);
const ran = vitest.state
  .getTestModules()
  .flatMap((module) => [...module.children.allTests()].map((test) => ({ file: module.moduleId, test })));
await vitest.close();

const titlesOf = (test: TestCase): readonly string[] => {
  const titles = [test.name];
  for (let parent = test.parent; parent.type === "suite"; parent = parent.parent) titles.unshift(parent.name);
  return titles;
};

const outcomes: Record<string, Outcome> = {};
for (const declared of tests) {
  const cases = ran.filter(({ file, test }) => isCaseOf(declared, file.slice(folder.length + 1), titlesOf(test)));
  if (cases.length === 0) throw new Error(`theorems: "${outcomeKey(declared)}" did not run`);
  const states = cases.map(({ test }) => test.result().state);
  outcomes[outcomeKey(declared)] = {
    state: states.includes("failed") ? "failed" : states.every((state) => state === "passed") ? "passed" : "skipped",
    cases: cases.length,
    runs: cases.reduce((sum, { test }) => sum + (test.meta().runs ?? 0), 0),
  };
}
for (const { file, test } of ran)
  if (!tests.some((declared) => isCaseOf(declared, file.slice(folder.length + 1), titlesOf(test))))
    throw new Error(`theorems: the title of "${test.fullName}" must be a string literal in ${file}`);

const mutation = JSON.parse(readFileSync(join(root, "test/mutation/results.json"), "utf8")) as MutationResults;
await writeFileAtomic(join(folder, "page/outcomes.json"), `${JSON.stringify(outcomes, null, 2)}\n`);
await writeFileAtomic(join(root, "docs/theorems.md"), await renderPage(statements, tests, outcomes, mutation));
const failed = Object.entries(outcomes).filter(([, { state }]) => state !== "passed");
console.log(`docs/theorems.md: ${tests.length} tests of ${statements.length} statements`);
if (failed.length > 0) {
  console.error(`theorems: not passed: ${failed.map(([key]) => key).join("; ")}`);
  process.exitCode = 1;
}
