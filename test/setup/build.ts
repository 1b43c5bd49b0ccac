import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Brings dist up to date once before all tests: some of them run the command and the docs as a user has them. */
export const setup = (): void => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-b"], { cwd: root, stdio: "inherit" });
};
