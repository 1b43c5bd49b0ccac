/**
 * Imports a module of Node's, or an optional package, at run time only: bundlers for browsers do not see the name.
 * @param name for example "node:os"
 */
export const nodeModule = <M>(name: string): Promise<M> => import(/* @vite-ignore */ name) as Promise<M>;
