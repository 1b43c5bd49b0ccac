import { start } from "@nonmarkov/engine";

/** The networks are tested on the backend that they mostly run on here. */
export const backend = (): Promise<unknown> => start({ backend: "nonmarkov" });
