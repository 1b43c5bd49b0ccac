import { initialise } from "./initialise.ts";
import type { Prepared } from "./types.ts";

/** Prepares the cpu backend: plain JavaScript, slow, everywhere. */
export const startCpu = async (): Promise<Prepared> => {
  const { MathBackendCPU } = await import("@tensorflow/tfjs-backend-cpu");
  await initialise("cpu", () => new MathBackendCPU());
  return { detail: "plain JavaScript", threads: 1 };
};
