/**
 * Runs the demo on a terminal of its own, with script(1) of util-linux, and
 * draws the result into `.github/demo.svg`.
 *
 * @module
 */

import { terminalSvg } from "./terminal_svg.ts";

const COLUMNS = 122;
const ROOT = Deno.realPathSync(new URL("..", import.meta.url));
const PICTURE = `${ROOT}/.github/demo.svg`;

const { code, stdout } = await new Deno.Command("script", {
  args: [
    "-qec",
    `stty columns ${COLUMNS} rows 50; "${Deno.execPath()}" task --quiet demo`,
    "/dev/null",
  ],
  cwd: ROOT,
  env: { TERM: "xterm" },
  stdin: "null",
}).output();
const output = new TextDecoder().decode(stdout);
if (code !== 0) throw new Error(`The demo does not end well:\n${output}`);
const title = "account-qwen exec: two accounts are out of quota, the third " +
  "one answers";
const svg = terminalSvg(`$ deno task demo\r\n${output}`, {
  columns: COLUMNS,
  title,
});
await Deno.writeTextFile(PICTURE, svg);
console.log(PICTURE);
