import { assertEquals } from "@std/assert";
import { COMMAND_INDEX } from "../../lib/cli/line/command_index.ts";
import { COMMANDS } from "../support/commands.ts";
import { CHECKOUT } from "../support/checkout.ts";

Deno.test("COMMAND_INDEX names each command and its aliases as its declaration does", () => {
  const namesOf = (
    { name, aliases = [] }: { name: string; aliases?: readonly string[] },
  ) => [name, aliases];
  assertEquals(COMMAND_INDEX.map(namesOf), COMMANDS.map(namesOf));
});

Deno.test("COMMAND_INDEX has a command for each file of lib/cli/commands", () => {
  const files = [...Deno.readDirSync(`${CHECKOUT}/lib/cli/commands`)];
  assertEquals(
    COMMAND_INDEX.map((it) => `${it.name}.ts`).toSorted(),
    files.map((it) => it.name).toSorted(),
  );
});
