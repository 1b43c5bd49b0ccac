import "@tensorflow/tfjs-backend-cpu";
import { env, memory, ready, setBackend } from "@tensorflow/tfjs-core";

/** Runs the tests of a file on the cpu backend. */
export const useCpu = async (): Promise<void> => {
  env().set("PROD", true);
  await setBackend("cpu");
  await ready();
};

/** How many tensors are alive. */
export const numTensors = (): number => memory().numTensors;
