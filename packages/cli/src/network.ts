import type { Tree } from "@nonmarkov/autodiff";
import { mlp, type MlpConfig, type Net, unet, type UnetConfig } from "@nonmarkov/nets";
import type { NetConfig } from "./run-config.ts";

/** A network whose parameters' structure is known at run time only. */
export type AnyNet = Net<Tree>;

/**
 * The network of a configuration. Its parameters come from its own `init` or a checkpoint of the same configuration, so
 * forgetting their type here loses no check that could be made.
 * @throws RangeError if its numbers do not fit together
 */
export const network = ({ kind, ...config }: NetConfig): AnyNet =>
  (kind === "unet" ? unet(config as UnetConfig) : mlp(config as MlpConfig)) as unknown as AnyNet;
