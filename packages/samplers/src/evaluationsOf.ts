import type { Table } from "./table.ts";

/** How often a run of the table evaluates the network; rows that only add noise do not. */
export const evaluationsOf = ({ rows }: Table): number => rows.filter(({ time }) => time !== null).length;
