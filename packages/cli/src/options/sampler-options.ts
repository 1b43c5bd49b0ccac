import { type Command, InvalidArgumentError } from "commander";
import { unknownName } from "../nearest.ts";
import { choice } from "./choice.ts";
import { type BackendOptions, shared } from "./common.ts";
import { number } from "./number.ts";

/** What `--sampler` can name. */
export const samplerNames = ["ddim", "ddpm", "sigma-hat", "euler", "pf-euler"] as const;
/** Those of them without noise, which can be run backwards. */
export const deterministicNames = ["ddim", "euler", "pf-euler"] as const;
/** What `--tau` can name. */
export const tauNames = [
  "linear",
  "quadratic",
  "leading",
  "trailing",
  "linspace",
  "authors-uniform",
  "authors-quad",
] as const;

/** A way to choose the S visited steps, or the steps themselves. */
export type TauOption = (typeof tauNames)[number] | readonly number[];

/** Reads a name of {@link tauNames} or a list like 1,250,500,1000. */
export const tauOption = (text: string): TauOption => {
  const name = tauNames.find((known) => known === text);
  if (name !== undefined) return name;
  if (!/^[\d,\s]+$/.test(text))
    throw new InvalidArgumentError(`${unknownName("tau", text, tauNames)}, or a list like 1,250,500,1000.`);
  return text.split(",").map(Number);
};

/** The options that say how a latent becomes a sample, or a sample a latent. */
export type SamplerOptions = BackendOptions & {
  readonly sampler: (typeof samplerNames)[number];
  readonly steps?: number;
  readonly eta?: number;
  readonly variance?: "small" | "large";
  readonly tau: TauOption;
  readonly clipX0?: number;
  readonly weights: "ema" | "params";
  readonly batch: number;
};

/** Adds the options of {@link SamplerOptions}; to a deterministic command without those of noise. */
export const addSamplerOptions = (
  command: Command,
  { deterministic = false }: { readonly deterministic?: boolean } = {},
): Command => {
  const names = deterministic ? deterministicNames : samplerNames;
  command
    .optionsGroup("Sampler:")
    .option("--sampler <name>", names.join(", "), choice<string>("sampler", names), "ddim")
    .addOption(shared.steps());
  if (!deterministic)
    command
      .option("--eta <x>", "ddim: fresh noise, from 0 (none) to 1 (as DDPM); default 0", number({ min: 0 }))
      .option(
        "--variance <which>",
        "ddpm: small (eta = 1) or large (sigma-hat); default small",
        choice("variance", ["small", "large"]),
      )
      .addOption(shared.clipX0());
  return command
    .option(
      "--tau <name|list>",
      `the visited steps: ${tauNames.join(", ")}, or a list like 1,250,500,1000`,
      tauOption,
      "linear",
    )
    .addOption(shared.weights())
    .optionsGroup("Machine:")
    .addOption(shared.batch(32))
    .addOption(shared.backend())
    .addOption(shared.threads());
};
