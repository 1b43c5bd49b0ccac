import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** What a peer says of some runs of a case. */
export type Reply = {
  readonly seconds?: readonly number[];
  readonly version?: string;
  readonly peak_rss_kb?: number;
  readonly layout?: string;
  readonly mode?: string;
  readonly cases?: readonly string[];
  readonly error?: string;
};

/** A process that runs cases on request: JSON lines, as bench/peers/README.md says. */
export type Peer = {
  readonly name: string;
  readonly ask: (request: object) => Promise<Reply>;
  readonly stop: () => void;
};

/** Starts a peer. A process that cannot be started, or ends, answers every request with an error. */
export const startPeer = (
  name: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Peer => {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "ignore"], env: { ...process.env, ...env } });
  const waiting: ((reply: Reply) => void)[] = [];
  let gone: string | undefined;
  const end = (reason: string): void => {
    gone = reason;
    for (const answer of waiting.splice(0)) answer({ error: reason });
  };
  child.on("error", (error) => end(`cannot be started: ${error.message}`));
  child.on("exit", (code) => end(`ended with code ${code}`));
  child.stdin.on("error", () => undefined);
  createInterface({ input: child.stdout }).on("line", (line) => waiting.shift()?.(JSON.parse(line) as Reply));
  return {
    name,
    ask: (request) =>
      gone !== undefined
        ? Promise.resolve({ error: gone })
        : new Promise((answer) => {
            waiting.push(answer);
            child.stdin.write(`${JSON.stringify(request)}\n`);
          }),
    stop: () => child.kill(),
  };
};
