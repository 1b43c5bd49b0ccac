/**
 * One weight of the squared error per index: entry t, t = 1..T, belongs to t; entry 0 is never read. Numbers at least 0.
 */
export type Weights = readonly number[];
