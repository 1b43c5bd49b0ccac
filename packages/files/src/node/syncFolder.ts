import { open } from "node:fs/promises";

/** Makes the names in a folder durable: a rename in it survives a power failure. Windows has no such call. */
export const syncFolder = async (folder: string): Promise<void> => {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
