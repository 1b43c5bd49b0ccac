import { syncFolder, temporaryBeside } from "@nonmarkov/files/node";
import { mkdir, rename, rm } from "node:fs/promises";
import { removeFolder } from "./removeFolder.ts";

/**
 * Makes a folder whole or not at all: under a temporary name, filled, made durable, renamed. An earlier folder of the name
 * makes way at the last moment where `replace` is set, and is an error of the system's else.
 */
export const makeFolder = async (
  path: string,
  fill: (folder: string) => Promise<void>,
  { replace = false }: { readonly replace?: boolean } = {},
): Promise<void> => {
  const temporary = temporaryBeside(path);
  await mkdir(temporary);
  try {
    await fill(temporary);
    await syncFolder(temporary);
    if (replace) await removeFolder(path);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
};
