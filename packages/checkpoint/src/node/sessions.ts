import { FormatError } from "@nonmarkov/files";
import { naming, systemCode } from "@nonmarkov/files/node";
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/** One uninterrupted stretch of a run's training: how long it took, and on what. */
export type Session = {
  /** The step that it began from. */
  readonly from: number;
  /** The step that it came to. */
  readonly to: number;
  /** How long it took. */
  readonly seconds: number;
  /** Processor, cores and the like, for people. */
  readonly machine: string;
  /** The backend that computed, for people. */
  readonly backend: string;
};

const session = z.object({
  from: z.int().min(0),
  to: z.int().min(0),
  seconds: z.number().min(0),
  machine: z.string(),
  backend: z.string(),
});

const sessionsPath = (dir: string): string => join(dir, "sessions.jsonl");

/**
 * Adds a line to the run's sessions.jsonl.
 * @throws FileError if the system refuses
 */
export const appendSession = (dir: string, { from, to, seconds, machine, backend }: Session): Promise<void> =>
  naming(sessionsPath(dir), "must be writable", () =>
    appendFile(sessionsPath(dir), `${JSON.stringify({ from, to, seconds, machine, backend })}\n`),
  );

/**
 * The sessions of a run, in order; none where there was none. Time that a killed process spent is not known.
 * @throws FormatError if a line is not a session
 */
export const readSessions = (dir: string): Promise<readonly Session[]> =>
  naming(sessionsPath(dir), "must be readable", async () => {
    const text = await readFile(sessionsPath(dir), "utf8").catch((error: unknown) => {
      if (systemCode(error) === "ENOENT") return "";
      throw error;
    });
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line, i) => {
        try {
          return session.parse(JSON.parse(line));
        } catch (cause) {
          throw new FormatError(
            {
              where: `${sessionsPath(dir)}: line ${i + 1}`,
              what: "must be a training session",
              found: JSON.stringify(line.slice(0, 60)),
              fix: "remove the line",
            },
            { cause },
          );
        }
      });
  });
