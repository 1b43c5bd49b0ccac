import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";
import { build } from "./build.ts";
import { equivalents, excused } from "./equivalents.ts";
import { instrument } from "./instrument.ts";
import { planted } from "./planted.ts";
import { installSwitch } from "./switch.ts";

const source = `
export const f = (a: number, t: number, s: number = 2): number => {
  if (a < 0) throw new RangeError(\`a must be >= 0, got \${a}\`);
  let sum = 0;
  for (let i = 0; i < 3; i++) sum += Math.sqrt(a) * t - s ** 2;
  return sum > 10 ? -sum : sum;
};
`;
const { code, mutants, places } = instrument("f.ts", source, 100, [
  { file: "f.ts", name: "a root dropped", original: "Math.sqrt(a)", mistake: "a" },
]);
const control = installSwitch();
const load = async (text: string): Promise<(...args: readonly number[]) => number> => {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  const module = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(outputText)}`)) as {
    f: (...args: readonly number[]) => number;
  };
  return module.f;
};
const f = await load(code);
const withMutant = (id: number, ...args: readonly number[]): unknown => {
  control.activate(id, 1000);
  try {
    return f(...args);
  } catch (error) {
    return String(error);
  } finally {
    control.activate(-1);
  }
};

test("without a mutant the instrumented code computes what the source does", async () => {
  const plain = await load(source);
  for (const args of [
    [4, 3],
    [4, 3, 1],
    [9, 2, 0.5],
    [0, 0, 0],
  ])
    expect(f(...args)).toBe(plain(...args));
  expect(() => f(-1, 1)).toThrow("a must be >= 0, got -1");
});

test("a mutant that is switched on computes its mistake, and no other", () => {
  const idOf = (original: string, mistake: string): number =>
    mutants.find((m) => m.original === original && m.mistake === mistake)!.id;
  expect(mutants.map(({ id }) => id)).toEqual(mutants.map((_, i) => 100 + i));
  expect(f(4, 3, 1)).toBe(-15);
  expect(withMutant(idOf("Math.sqrt(a)", "a"), 4, 3, 1)).toBe(-33);
  expect(withMutant(idOf("t", "s"), 4, 3, 1)).toBe(3);
  expect(withMutant(idOf("s ** 2", "s"), 4, 3, 3)).toBe(9);
  expect(withMutant(idOf("i < 3", "i <= 3"), 4, 3, 1)).toBe(-20);
  expect(withMutant(idOf("-sum", "sum"), 4, 3, 1)).toBe(15);
  expect(withMutant(idOf("2", "3"), 4, 3)).toBe(-9);
  expect(withMutant(idOf("a < 0", "a <= 0"), 0, 3)).toMatch(/a must be/);
  expect(withMutant(idOf("i++", "i--"), 4, 3, 1)).toMatch(/runs for ever/);
});

test("texts of errors are left alone, and every mutant is in one place", () => {
  expect(mutants.some(({ original }) => original.includes("must be >= 0") && !original.startsWith("{"))).toBe(false);
  const ids = places.flatMap(([first, end]) => Array.from({ length: end - first }, (_, i) => first + i));
  expect(ids.sort((a, b) => a - b)).toEqual(mutants.map(({ id }) => id));
});

test("a planted mistake whose original is not in its file, or there twice, is an error", () => {
  const plant = (original: string) => () =>
    instrument("f.ts", source, 0, [{ file: "f.ts", name: "x", original, mistake: "0" }]);
  expect(plant("Math.cbrt(a)")).toThrow(/"Math.cbrt\(a\)" of "x" must be one expression of the file, is 0/);
  expect(plant("a")).toThrow(/is [2-9]/);
});

test(
  "every planted mistake finds its place in today's sources, and equivalents are mutants",
  { timeout: 120_000 },
  () => {
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const { mutants: all } = build(root, ["schedule", "samplers"]);
    expect(
      all
        .filter(({ kind }) => kind === "planted")
        .map(({ name }) => name)
        .sort(),
    ).toEqual(planted.map(({ name }) => name).sort());
    expect(new Set(planted.map(({ name, file }) => `${file} ${name}`)).size).toBe(planted.length);
    const excuses = excused(equivalents, all);
    expect(equivalents.filter((e) => !excuses.has(e))).toEqual([]);
  },
);
