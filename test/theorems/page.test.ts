import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { MutationResults } from "../mutation/results.ts";
import { declaredTests } from "./page/declaredTests.ts";
import { isCaseOf, type Outcome } from "./page/outcome.ts";
import { readDeclared } from "./page/readDeclared.ts";
import { renderPage } from "./page/renderPage.ts";
import { statementsOf } from "./page/statementsOf.ts";
import { statements } from "./statements.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));
const read = (path: string): string => readFileSync(join(folder, path), "utf8");
const tests = readDeclared(folder);
const outcomes = JSON.parse(read("page/outcomes.json")) as Record<string, Outcome>;

test.each(statements)("$id has a test whose title begins with its name", ({ id }) => {
  expect(tests.filter((declared) => declared.statements.includes(id)).length).toBeGreaterThan(0);
});

test("no title names a statement that is not in statements.ts", () => {
  const known = new Set(statements.map(({ id }) => id));
  for (const { file, line, statements: named } of tests)
    for (const id of named) expect(known.has(id), `${file}:${line} names ${id}`).toBe(true);
});

test("docs/theorems.md is what npm run theorems would write: statements, titles, files, lines and the mutation test's results", async () => {
  const mutation = JSON.parse(read("../mutation/results.json")) as MutationResults;
  expect(await renderPage(statements, tests, outcomes, mutation)).toBe(read("../../docs/theorems.md"));
});

test("every test passed when the page was written", () => {
  expect(Object.entries(outcomes).filter(([, { state }]) => state !== "passed")).toEqual([]);
});

test("a title names what it begins with, not what it mentions", () => {
  expect(statementsOf("Lemma 1, (7): by (12), for 0.5 % of 4.2")).toEqual(["Lemma 1", "(7)"]);
  expect(statementsOf("Appendix A, simulated, %s")).toEqual(["Appendix A"]);
  expect(statementsOf("C.1: on tau")).toEqual(["C.1"]);
  expect(statementsOf("4.3, (13), (14): x")).toEqual(["4.3", "(13)", "(14)"]);
  expect(statementsOf("simulated with (12)")).toEqual([]);
});

test("tests are found in every form in which they are declared here", () => {
  const source = `
    test("(9): plain", () => {});
    describe.each([1, 2])("4.3, %s", () => {
      test.each([["a", 1]])("(15) of %s", () => {});
      test("nested", { timeout: 1 }, () => {});
    });
    describe.skipIf(false)(\`Lemma 1\`, () => test("deep", () => {}));`;
  const found = declaredTests("x.test.ts", source);
  expect(found.map(({ line, titles, statements: named }) => [line, titles, named])).toEqual([
    [2, ["(9): plain"], ["(9)"]],
    [4, ["4.3, %s", "(15) of %s"], ["4.3", "(15)"]],
    [5, ["4.3, %s", "nested"], ["4.3"]],
    [7, ["Lemma 1", "deep"], ["Lemma 1"]],
  ]);
  expect(isCaseOf(found[1]!, "x.test.ts", ["4.3, 2", "(15) of a > b"])).toBe(true);
  expect(isCaseOf(found[1]!, "x.test.ts", ["4.3, 2", "(16) of a"])).toBe(false);
  expect(isCaseOf(found[1]!, "y.test.ts", ["4.3, 2", "(15) of a"])).toBe(false);
});
