import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What a finished command left. */
export type Ran = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** The command's file. */
export const bin = fileURLToPath(new URL("../bin/nonmarkov.js", import.meta.url));
const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Starts the real command in a process of its own, as built before the tests (test/setup/build.ts). */
export const startCli = (args: readonly string[]): { readonly child: ChildProcess; readonly done: Promise<Ran> } => {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: root,
    env: { ...process.env, NONMARKOV_BACKEND: "nonmarkov" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (part) => (stdout += part));
  child.stderr.on("data", (part) => (stderr += part));
  const done = new Promise<Ran>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, done };
};

/** Runs the real command to its end. */
export const runCli = (...args: string[]): Promise<Ran> => startCli(args).done;
