/**
 * How the CLI is given a home of its own, and what it starts the user's. Before
 * 0.21.2 only `HOME` leads the CLI; but its shells, hooks and MCP servers find it in
 * their environment as well, and would copy our links and write down our paths.
 *
 * So a module that Node loads before the CLI answers `os.homedir()` with
 * the private home and sets `HOME` to the real one. Where it is not loaded, as
 * by another runtime, `HOME` is the private one for all of them.
 *
 * @module
 */

import { PRELOAD_PARTS, preloadOption } from "./preload_parts.ts";

/** What the module is made of. */
export interface PreloadOptions {
  /** Where the module lies. */
  path: string;
  /** The private home, which is the `HOME` that the CLI is started with. */
  home: string;
  /** The home of the user. */
  realHome: string;
}

/**
 * The text of the module. It leaves alone what is not the CLI, as `npx` that
 * starts it; and what starts the CLI again passes on what it was started with.
 *
 * 0.12.0 sets `HOME` to `os.homedir()` while it loads (by `@pnpm/npm-conf`),
 * which must not last.
 */
export function preloadText(
  { path, home, realHome }: PreloadOptions,
): string {
  return `"use strict";
${PRELOAD_PARTS}
const { syncBuiltinESMExports } = require("node:module");
const os = require("node:os");

const home = ${JSON.stringify(home)};
const realHome = ${JSON.stringify(realHome)};
const option = ${JSON.stringify(preloadOption(path))};
const script = process.argv[1];
if (process.env.HOME === home && isCli(script)) {
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
