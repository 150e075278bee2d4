import { assert, assertEquals } from "@std/assert";
import { encode } from "uqr";
import { qrCode } from "../../lib/cli/screen/login_screen.ts";

const URL = "https://chat.qwen.ai/authorize?user_code=ABCD-1234&client=x";
const SIZE = encode(URL, { border: 0 }).size;
const BLACK_ON_WHITE = "\x1b[38;5;16;48;5;231m";
const RESET = "\x1b[0m";

Deno.test("qrCode() draws every module, and a margin of four around them", () => {
  const modules = modulesOf(qrCode(URL, { columns: 200, rows: 100 }));
  const { data } = encode(URL, { border: 4 });
  assertEquals(modules.slice(0, data.length), data);
  assertEquals(modules[0]?.length, SIZE + 8);
});

Deno.test("qrCode() leaves the unused half line white", () => {
  const modules = modulesOf(qrCode(URL, { columns: 200, rows: 100 }));
  assertEquals(modules.length, SIZE + 9);
  assert(modules.at(-1)?.every((isBlack) => !isBlack));
});

Deno.test("qrCode() fits a terminal of exactly its size", () => {
  const room = { columns: SIZE + 8, rows: (SIZE + 9) / 2 };
  const modules = modulesOf(qrCode(URL, room));
  assertEquals(modules[0]?.length, SIZE + 8);
});

for (const [name, less] of Object.entries({ column: [1, 0], line: [0, 1] })) {
  const [columns = 0, rows = 0] = less;
  Deno.test(`qrCode() has a margin of two when one ${name} is missing for four`, () => {
    const modules = modulesOf(qrCode(URL, {
      columns: SIZE + 8 - columns,
      rows: (SIZE + 9) / 2 - rows,
    }));
    assertEquals(modules[0]?.length, SIZE + 4);
  });

  Deno.test(`qrCode() returns undefined when one ${name} is missing for a margin of two`, () => {
    const room = {
      columns: SIZE + 4 - columns,
      rows: (SIZE + 5) / 2 - rows,
    };
    assertEquals(qrCode(URL, room), undefined);
  });
}

Deno.test("qrCode() leaves five of 24 lines for the text of a Qwen login", () => {
  const code = qrCode(URL, { columns: 80, rows: 24 - 5 });
  assertEquals(code?.split("\n").length, 19);
});

for (const [length, isThere] of [[2_953, true], [2_954, false]] as const) {
  Deno.test(`qrCode() returns ${isThere ? "a picture" : "undefined"} for ${length} characters`, () => {
    const code = qrCode("x".repeat(length), { columns: 400, rows: 400 });
    assertEquals(code !== undefined, isThere);
  });
}

/** The modules of a drawn code, without the padding of the last line. */
function modulesOf(code: string | undefined): boolean[][] {
  return (code ?? "").split("\n").flatMap((line) => {
    assert(line.startsWith(BLACK_ON_WHITE) && line.endsWith(RESET), line);
    const blocks = line.slice(BLACK_ON_WHITE.length, -RESET.length);
    return [
      [...blocks].map((it) => it === "█" || it === "▀"),
      [...blocks].map((it) => it === "█" || it === "▄"),
    ];
  });
}
