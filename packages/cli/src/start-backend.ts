import { start, type Started } from "@nonmarkov/engine";
import type { BackendOptions } from "./options/common.ts";

/** Starts the backend of `--backend` (or NONMARKOV_BACKEND, or the best there is), with `--threads`. */
export const startBackend = (
  { backend, threads }: BackendOptions,
  log: (line: string) => void = () => undefined,
): Promise<Started> =>
  start({ ...(backend === undefined ? {} : { backend }), ...(threads === undefined ? {} : { threads }), log });
