import { main } from "../src/main.ts";

/** The command from its sources: what bin/nonmarkov.js does with the build. */
process.exitCode = await main(process.argv.slice(2));
