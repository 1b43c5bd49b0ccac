import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const dir = fileURLToPath(new URL("../../../../shared/data/mnist", import.meta.url));
const missing = existsSync(dir) ? "" : " (skipped: ../shared/data/mnist is not here)";
if (missing !== "" && process.env["CI"]) throw new Error("CI needs ../shared/data/mnist");

/** The folder of real MNIST files beside the repository, and why a test that needs it cannot run, for its title. */
export const sharedMnist = { dir, missing };
