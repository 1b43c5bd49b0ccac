import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/**
 * Brings dist up to date once before all tests: some of them run the command and the docs as a user has them. Type errors
 * are printed and not fatal here: the code is still built, and `npm run typecheck` is what judges them.
 */
export const setup = (): void => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const { status, error } = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-b"], {
    cwd: root,
    stdio: "inherit",
  });
  if (error) throw error;
  if (status !== 0) console.warn("tests: the build has type errors (above); going on with what it made");
};
