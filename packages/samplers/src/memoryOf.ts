import type { Table } from "./table.ts";

/** How many predictions of earlier evaluations a run of the table has to remember. */
export const memoryOf = ({ rows }: Table): number =>
  Math.max(0, ...rows.map(({ x0, eps }) => Math.max(x0.length, eps.length) - 1));
