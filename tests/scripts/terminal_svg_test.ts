import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { terminalSvg } from "../../scripts/terminal_svg.ts";
import { CHECKOUT } from "../support/checkout.ts";

/** The text of each element, with its style unless plain. */
function textsOf(output: string, columns = 20): string[] {
  const svg = terminalSvg(output, { columns, title: "a title" });
  const texts = svg.matchAll(
    /<text x="[\d.]+" y="\d+" textLength="[\d.]+"(.*?)>(.*?)<\/text>/g,
  );
  return Array.from(texts, ([, style, text]) => `${text}${style}`);
}

const CASES: [name: string, output: string, texts: string[]][] = [
  ["lines", "one\r\ntwo\n", ["one", "two"]],
  ["styles", "\x1b[1mbold\x1b[22m no", ['bold font-weight="bold"', " no"]],
  ["dim text", "\x1b[2mdim\x1b[0m", ['dim opacity="0.6"']],
  ["colours", "\x1b[32mgreen\x1b[39m", ['green fill="#98c379"']],
  ["what is written over", "12345\rab", ["ab345"]],
  ["what is erased", "Task\x1b[0G\x1b[2K\x1b[Jdone", ["done"]],
  ["the rest of a line that is erased", "a line\r\x1b[Kb", ["b"]],
  ["a column", "\x1b[4Gx", ["   x"]],
  ["characters of XML", "<a> & b", ["&lt;a> &amp; b"]],
  ["lines that are too long", "a".repeat(23), ["a".repeat(20), "aaa"]],
];

for (const [name, output, texts] of CASES) {
  Deno.test(`terminalSvg() draws ${name}`, () => {
    assertEquals(textsOf(output), texts);
  });
}

for (const output of ["\x1b[5A", "\x1b[38;5;1m", "\x07", "\x1b]0;x"]) {
  Deno.test(`terminalSvg() throws for ${JSON.stringify(output)}`, () => {
    assertThrows(() => textsOf(output), Error, "Cannot draw");
  });
}

Deno.test("the picture of the demo shows a successful run", async () => {
  const svg = await Deno.readTextFile(`${CHECKOUT}/.github/demo.svg`);
  assertMatch(
    svg,
    />account-qwen: work .* is out of quota .*continuing with home .*</,
  );
  assertMatch(svg, />The capital of France is Paris\.</);
  assertMatch(svg, />It works:</);
});
