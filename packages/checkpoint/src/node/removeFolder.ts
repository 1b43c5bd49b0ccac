import { systemCode, temporaryBeside } from "@nonmarkov/files/node";
import { rename, rm } from "node:fs/promises";

/** Takes the folder's name away first, so that a kill half way leaves no folder with missing files. None is fine. */
export const removeFolder = async (path: string): Promise<void> => {
  const temporary = temporaryBeside(path);
  try {
    await rename(path, temporary);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return;
    throw error;
  }
  await rm(temporary, { recursive: true, force: true });
};
