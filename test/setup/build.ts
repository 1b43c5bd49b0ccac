import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

const run = (...args: string[]): number | null => {
  const { status, error } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (error) throw error;
  return status;
};

/**
 * Brings the kernels and dist up to date once before all tests: some of them run the command and the docs as a user has
 * them. Type errors are printed and not fatal here: the code is still built, and `npm run typecheck` is what judges them.
 */
export const setup = (): void => {
  if (run("packages/engine/scripts/buildKernels.js") !== 0)
    throw new Error("tests: the kernels do not compile (above)");
  if (run("node_modules/typescript/bin/tsc", "-b") !== 0)
    console.warn("tests: the build has type errors (above); going on with what it made");
};
