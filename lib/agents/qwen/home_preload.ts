/**
 * Gives the agent a private home, but the user's home to the programs that it
 * starts. Before 0.21.2, only `HOME` sets the agent's home; but its shells,
 * hooks and MCP servers inherit that variable, and would copy our links and
 * store our paths.
 *
 * So a module that Node loads before the agent answers `os.homedir()` with the
 * private home and sets `HOME` to the real one. If it is not loaded, such as by
 * another runtime, `HOME` is the private one for all programs.
 *
 * @module
 */

import type { HomePaths } from "../formats.ts";
import { preloadOption } from "../preload_option.ts";
import { PRELOAD_PARTS } from "./preload_parts.ts";

/**
 * Returns the source of the module. It does not change programs other than the
 * agent, such as an `npx` that starts the agent. If the agent restarts itself,
 * it passes on what it was started with.
 *
 * 0.12.0 sets `HOME` to `os.homedir()` while it loads (through
 * `@pnpm/npm-conf`), which must not last.
 */
export function homeModule(
  { path, home, realHome }: HomePaths,
): string {
  return `"use strict";
${PRELOAD_PARTS}
const { syncBuiltinESMExports } = require("node:module");
const os = require("node:os");

const home = ${JSON.stringify(home)};
const realHome = ${JSON.stringify(realHome)};
const option = ${JSON.stringify(preloadOption(path))};
const script = process.argv[1];
if (process.env.HOME === home && isAgent(script)) {
  passOn([\`HOME=\${home}\`, \`NODE_OPTIONS=\${process.env.NODE_OPTIONS}\`]);
  withoutOption();
  os.homedir = () => home;
  process.env.HOME = realHome;
  process.env = new Proxy(process.env, {
    set(env, name, value) {
      if (name !== "HOME" || value !== home) env[name] = value;
      return true;
    },
  });
  syncBuiltinESMExports();
}
`;
}
