import type fs from "node:fs";
import { BackendUnavailableError } from "../errors.ts";
import { nodeModule } from "../nodeModule.ts";
import { runtime } from "../runtime.ts";

/** The optional package `webgpu`, as far as it is used. */
type Dawn = { readonly create: (options: readonly string[]) => GPU; readonly globals: object };

type WithNavigator = { navigator?: { readonly gpu?: GPU } };

/** Whether Linux shows a graphics device; elsewhere there may always be one. Asking Dawn takes half a second and prints. */
const mayHaveGpu = async (): Promise<boolean> => {
  if (process.platform !== "linux") return true;
  const { existsSync } = await nodeModule<typeof fs>("node:fs");
  return ["/dev/dri", "/dev/nvidia0", "/dev/dxg", "/dev/kfd"].some((path) => existsSync(path));
};

/** Gives Node a `navigator.gpu`, from the package `webgpu`; tfjs and its WebGPU backend look for it there. */
const installDawn = async (): Promise<GPU> => {
  let dawn: Dawn;
  try {
    dawn = await nodeModule<Dawn>("webgpu");
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new BackendUnavailableError(
      "webgpu",
      `Node needs the package webgpu, which cannot be loaded (${reason}); npm install webgpu@0.6.2`,
      error,
    );
  }
  const gpu = dawn.create(["disable-dawn-features=timestamp_quantization"]); // its steps are longer than most kernels
  Object.assign(globalThis, dawn.globals);
  const globals = globalThis as WithNavigator;
  if (globals.navigator === undefined) globals.navigator = { gpu };
  else Object.defineProperty(globals.navigator, "gpu", { value: gpu, configurable: true });
  return gpu;
};

/**
 * The entry to WebGPU: `navigator.gpu` in browsers and Deno, the package `webgpu` in Node.
 * @param auto whether nobody asked for it: then a Node without a graphics device is not tried
 * @throws BackendUnavailableError if there is none
 */
export const findGpu = async (auto: boolean): Promise<GPU> => {
  const { gpu } = (globalThis as WithNavigator).navigator ?? {};
  if (gpu !== undefined) return gpu;
  if (runtime() !== "node")
    throw new BackendUnavailableError(
      "webgpu",
      "there is no navigator.gpu; use a browser with WebGPU, and a page from https or localhost",
    );
  if (auto && !(await mayHaveGpu())) throw new BackendUnavailableError("webgpu", "no GPU device on this machine");
  return installDawn();
};
