import type { Started } from "@nonmarkov/engine";
import { arch, cpus, platform } from "node:os";

/** The processor, its cores, the system and Node, in a line for people. */
export const machineName = (): string =>
  `${cpus()[0]?.model.trim() ?? "unknown processor"}, ${cpus().length} cores, ${platform()} ${arch()}, Node ${process.versions.node}`;

/** The backend and the kind of it that runs, in a line for people: what numbers can be repeated on. */
export const backendTitle = ({ backend, why }: Pick<Started, "backend" | "why">): string =>
  `${backend} (${why.split(";")[0]!})`;
