import { writeFileSync } from "node:fs";
import { TestRunner, type RunnerTestCase, type SerializedConfig } from "vitest";
import { readProgress, writeProgress } from "./progress.ts";

const titleOf = (test: RunnerTestCase): string => {
  const parts = [test.name];
  for (let suite = test.suite; suite !== undefined; suite = suite.suite) parts.unshift(suite.name);
  return parts.join(" > ");
};

/**
 * A Vitest runner that runs every test once as it is and then once more for each living mutant whose code it runs. With
 * the environment variable MUTANT it does nothing of the kind: that mutant is on from the start.
 */
const MutationRunner = function (config: SerializedConfig): TestRunner {
  const runner = new TestRunner(config);
  const path = process.env["MUTATION_PROGRESS"]!;
  /** Tells the process that started this one what it is at, should it never come back; id -1 is nothing. */
  const say = (id: number, test: string): void =>
    writeFileSync(`${path}.running`, JSON.stringify({ id, pid: id < 0 ? 0 : process.pid, test }));

  const cold = process.env["MUTANT"];
  if (cold !== undefined) {
    say(Number(cold), "loading a test file");
    return runner;
  }
  const progress = readProgress(path);
  let loading = true;

  const runTask = async (test: RunnerTestCase): Promise<void> => {
    const control = globalThis.__switch;
    const file = test.file.name;
    if (loading) progress.loaded[file] = [...control.seen];
    loading = false;
    const run = TestRunner.getTestFn(test) as unknown as () => Promise<void> | void;
    const { seen, asked } = await control.trace(run);
    progress.covered = [...new Set([...progress.covered, ...seen])];
    const reached = new Set(
      progress.places.flatMap(([first, end]) =>
        seen.has(first) ? Array.from({ length: end - first }, (_, i) => first + i) : [],
      ),
    );
    const candidates = progress.alive.filter((id) => reached.has(id));
    for (const id of candidates) {
      const name = `${file}: ${titleOf(test)}`;
      say(id, name);
      control.activate(id, 50 * asked + 100_000);
      try {
        await run();
      } catch {
        progress.killedBy[id] = name;
        progress.alive = progress.alive.filter((other) => other !== id);
      }
      control.activate(-1);
    }
    say(-1, "");
    // a mutant may have spoilt what the file's tests share: then nothing that follows would mean anything
    if (candidates.length > 0) await run();
    writeProgress(path, progress);
  };
  return Object.assign(runner, { runTask });
};
export default MutationRunner;
