import { Option } from "commander";
import { choice } from "./choice.ts";
import { integer, number } from "./number.ts";

/** The options that every command has. */
export type GlobalOptions = { readonly json?: true; readonly quiet?: true; readonly debug?: true };

/** What `--backend` can name. */
export const backendNames = ["auto", "webgpu", "nonmarkov", "cpu"] as const;

/** Where to compute. */
export type BackendOptions = { readonly backend?: (typeof backendNames)[number]; readonly threads?: number };

/** The shared options, each defined once. */
export const shared = {
  backend: () =>
    new Option("--backend <name>", `where to compute: ${backendNames.join(", ")}`).argParser(
      choice("backend", backendNames),
    ),
  threads: () =>
    new Option(
      "--threads <n>",
      "threads of the nonmarkov backend, left out: one per core; changes the speed, not the numbers",
    ).argParser(integer({ min: 1 })),
  seed: () => new Option("--seed <n>", "the key that all randomness comes from").argParser(integer()).default(0),
  force: () => new Option("--force", "overwrite an existing result"),
  batch: (count: number) =>
    new Option("--batch <n>", "samples per network evaluation; changes the speed, not the samples")
      .argParser(integer({ min: 1 }))
      .default(count),
  steps: () =>
    new Option("--steps <S>", "network evaluations per sample; default 50, all T for ddpm").argParser(
      integer({ min: 1 }),
    ),
  weights: () =>
    new Option("--weights <which>", "ema (their moving average) or params (the last ones)")
      .argParser(choice("weights", ["ema", "params"]))
      .default("ema"),
  clipX0: () =>
    new Option("--clip-x0 <limit>", "clip predicted clean data to [-limit, limit] in every step").argParser(
      number({ min: 0, above: true }),
    ),
};
