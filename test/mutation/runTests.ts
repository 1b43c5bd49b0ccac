import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { startVitest, type Reporter } from "vitest/node";
import { alias } from "../../vitest.config.ts";
import { readProgress, writeProgress } from "./progress.ts";

/** How long one test may take with one mutant before it counts as running for ever, in milliseconds. */
const PATIENCE = 40_000;

/** Prints only what should not be: a test that fails although no mutant is on. */
const failures: Reporter = {
  onTestCaseResult: (test) => {
    const { state, errors } = test.result();
    if (state === "failed") console.error(test.fullName, errors);
  },
  onTestModuleEnd: (module) => module.errors().forEach((error) => console.error(module.moduleId, error)),
};

const lastModified = (path: string): number => {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return Infinity;
  }
};

/**
 * Runs a test file on instrumented sources, in a process of its own. A mutant that hangs it is noted as caught, and the
 * file is run again for the others.
 * @param path where the runner keeps its progress
 * @returns whether all tests passed
 */
export const runTests = async (
  root: string,
  code: ReadonlyMap<string, string>,
  path: string,
  file: string,
): Promise<boolean> => {
  let hung = false;
  const watch = setInterval(() => {
    if (hung || Date.now() - lastModified(`${path}.running`) < PATIENCE) return;
    const { id, pid, test } = JSON.parse(readFileSync(`${path}.running`, "utf8")) as {
      id: number;
      pid: number;
      test: string;
    };
    if (pid === 0) return;
    hung = true;
    process.kill(pid, "SIGKILL");
    const progress = readProgress(path);
    progress.killedBy[id] = `${test}, by never ending`;
    progress.alive = progress.alive.filter((other) => other !== id);
    writeProgress(path, progress);
  }, 1000);
  const vitest = await startVitest(
    "test",
    [join(root, file)],
    {
      root,
      config: false,
      watch: false,
      include: ["packages/*/test/**/*.test.ts", "test/**/*.test.ts"],
      pool: "forks",
      maxWorkers: 1,
      runner: join(root, "test/mutation/runner.ts"),
      setupFiles: [join(root, "test/mutation/setup.ts")],
      reporters: [process.env["MUTANT"] === undefined ? failures : {}],
      bail: 1,
      testTimeout: 20_000,
      dangerouslyIgnoreUnhandledErrors: true,
    },
    {
      resolve: { alias },
      plugins: [{ name: "mutants", enforce: "pre", load: (id) => code.get(id.split("?")[0]!) }],
    },
  );
  const modules = vitest.state.getTestModules();
  const passed = modules.length > 0 && modules.every((module) => module.ok());
  await vitest.close();
  clearInterval(watch);
  return hung && process.env["MUTANT"] === undefined ? runTests(root, code, path, file) : passed;
};
