/** Where this code runs. */
export type Runtime = "node" | "deno" | "browser";

type Globals = {
  readonly Deno?: {
    readonly permissions: {
      readonly querySync: (query: { readonly name: "env"; readonly variable: string }) => { readonly state: string };
    };
  };
  readonly process?: {
    readonly versions?: { readonly node?: string };
    readonly env?: Readonly<Record<string, string | undefined>>;
  };
};

const globals = globalThis as Globals;

/** Tells Node, Deno (which imitates Node's globals) and browsers apart. */
export const runtime = (): Runtime =>
  globals.Deno !== undefined ? "deno" : globals.process?.versions?.node !== undefined ? "node" : "browser";

/** Reads an environment variable where there are any. In Deno only when that is already allowed: it never prompts. */
export const environment = (variable: string): string | undefined =>
  globals.Deno !== undefined && globals.Deno.permissions.querySync({ name: "env", variable }).state !== "granted"
    ? undefined
    : globals.process?.env?.[variable];
