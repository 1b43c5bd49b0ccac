import { samplers } from "@nonmarkov/samplers";
import { type Command, InvalidArgumentError } from "commander";
import { unknownName } from "../nearest.ts";
import { choice } from "./choice.ts";
import { type BackendOptions, shared } from "./common.ts";
import { number } from "./number.ts";

/** What `--sampler` can name. */
export const samplerNames = samplers.map(({ id }) => id);
/** Those of them without noise, which can be run backwards. */
export const deterministicNames = samplers.flatMap(({ id, noise }) => (noise ? [] : [id]));
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

/** Grids of noise levels that `--tau` can name as well; they lie between the steps of the schedule. */
export const gridNames = ["karras", "exponential", "beta"] as const;
const pathNames = [...tauNames, ...gridNames];

/** A way to choose the S visited steps or levels, or the steps themselves. */
export type TauOption = (typeof pathNames)[number] | readonly number[];

/** Reads a name of {@link tauNames} or {@link gridNames}, or a list like 1,250,500,1000. */
export const tauOption = (text: string): TauOption => {
  const name = pathNames.find((known) => known === text);
  if (name !== undefined) return name;
  if (!/^[\d,\s]+$/.test(text))
    throw new InvalidArgumentError(`${unknownName("tau", text, pathNames)}, or a list like 1,250,500,1000.`);
  return text.split(",").map(Number);
};

/** The options that say how a latent becomes a sample, or a sample a latent. */
export type SamplerOptions = BackendOptions & {
  /** One of {@link samplerNames}. */
  readonly sampler: string;
  readonly steps?: number;
  readonly eta?: number;
  readonly churn?: number;
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
    .option("--sampler <name>", `${names.join(", ")}; see docs/samplers.md`, choice<string>("sampler", names), "ddim")
    .addOption(shared.steps());
  if (!deterministic)
    command
      .option(
        "--eta <x>",
        "fresh noise, from 0 (none) to 1 (as DDPM): ddim, default 0; euler-a and dpm2-a, default 1",
        number({ min: 0 }),
      )
      .option("--churn <x>", "edm: how much noise is added on the way; default 40", number({ min: 0 }))
      .option(
        "--variance <which>",
        "ddpm: small (eta = 1) or large (sigma-hat); default small",
        choice("variance", ["small", "large"]),
      )
      .addOption(shared.clipX0());
  return command
    .option(
      "--tau <name|list>",
      `the visited steps: ${tauNames.join(", ")}, or a list like 1,250,500,1000; or levels between them: ${gridNames.join(", ")}`,
      tauOption,
      "linear",
    )
    .addOption(shared.weights())
    .optionsGroup("Machine:")
    .addOption(shared.batch(32))
    .addOption(shared.backend())
    .addOption(shared.threads());
};
