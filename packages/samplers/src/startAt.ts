import { range } from "./range.ts";
import type { Table } from "./table.ts";

/**
 * The rest of a sampler's table from index t on: to edit an image, noise it to t and run this. For a t that tau does
 * not visit plan with `tauFrom(tau, t)` instead.
 * @throws RangeError if no row starts at t
 */
export const startAt = (table: Table, t: number): Table => range(table, { from: t });
