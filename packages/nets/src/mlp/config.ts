import { checkInteger } from "../checks.ts";

/** An MLP as plain data, to be kept in a JSON file. What is left out has the default named. */
export type MlpConfig = {
  /** Numbers per row; 2. */
  readonly dim?: number;
  /** Width of the hidden layers; 128. */
  readonly hidden?: number;
  /** Number of residual hidden layers; 3. */
  readonly depth?: number;
  /** Number of sines and cosines that t is embedded in; 64. */
  readonly frequencies?: number;
  /** Number of classes; 0 for none. */
  readonly classes?: number;
};

export type ResolvedMlp = Required<MlpConfig>;

/** Fills in the defaults and checks. */
export const resolveMlp = (config: MlpConfig): ResolvedMlp => {
  const resolved = { dim: 2, hidden: 128, depth: 3, frequencies: 64, classes: 0, ...config };
  const least = { dim: 1, hidden: 1, depth: 0, frequencies: 2, classes: 0 };
  for (const name of Object.keys(least) as (keyof MlpConfig)[]) checkInteger("mlp", name, resolved[name], least[name]);
  return resolved;
};
