import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const run = (command: string, ...args: readonly string[]): void => {
  execFileSync(command, args, { stdio: "ignore" });
};

/** A disk of 64 KiB in memory, mounted on a folder; the function returned takes it away again. */
const mount = (dir: string): (() => void) => {
  run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", dir);
  return () => run("umount", dir);
};

const missing = ((): string => {
  if (process.getuid?.() !== 0) return " (skipped: only root can mount a small disk)";
  const dir = mkdtempSync(join(tmpdir(), "nonmarkov-disk-"));
  try {
    mount(dir)();
    return "";
  } catch {
    return " (skipped: no small disk can be mounted here)";
  } finally {
    rmdirSync(dir);
  }
})();

/** A real disk that is soon full, and why a test cannot have one, for its title. */
export const tinyDisk = { missing, mount };
