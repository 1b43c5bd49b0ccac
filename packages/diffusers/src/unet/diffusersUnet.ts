import { ops, own, type Tensor } from "@nonmarkov/autodiff";
import { type Net, unet, type UnetConfig, type UnetTree } from "@nonmarkov/nets";

/**
 * A U-Net with parameters of diffusers, whose timesteps are counted from 0: at our t = 1..T it is that network at timestep
 * t - 1. Its parameters are those that `loadDiffusers` reads and `saveDiffusers` writes.
 * @throws RangeError where the configuration does not fit together
 */
export const diffusersUnet = (config: UnetConfig): Net<UnetTree<Tensor>> => {
  const net = unet(config);
  return {
    init: net.init,
    apply: (params, x, t, labels) => own(() => net.apply(params, x, ops.sub(t, 1), labels)),
  };
};
