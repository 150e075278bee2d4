import { assert, assertEquals } from "@std/assert";
import * as library from "../../lib/mod.ts";
import { filesBelow } from "../../scripts/files_below.ts";
import { CHECKOUT } from "../support/checkout.ts";

const MOST_NAMES = 42;
const EXPORTED = [
  "AccountError",
  "AgentError",
  "BusyError",
  "FileError",
  "LoginNeededError",
  "NoAccountReadyError",
  "OAuthError",
];
const CLASS = /\bclass (\w+) extends \w*(?:Error|Exception)\b/g;

Deno.test("lib has a class of errors for each thing that a caller can do, and no other", async () => {
  const files = await filesBelow(CHECKOUT, "lib", ".ts");
  const texts = await Promise.all(
    files.map((file) => Deno.readTextFile(`${CHECKOUT}/${file}`)),
  );
  const found = texts.flatMap((text) =>
    [...text.matchAll(CLASS)].map(([, name]) => name)
  );
  assertEquals(found.toSorted(), [...EXPORTED, "UsageError"]);
});

Deno.test("the library exports each class of errors except that of the command line", () => {
  const names = Object.keys(library).filter((it) => it.endsWith("Error"));
  assertEquals(names.toSorted(), EXPORTED);
});

Deno.test("the library has few names; the types that nobody has to write out are apart", async () => {
  const text = await Deno.readTextFile(`${CHECKOUT}/lib/mod.ts`);
  const lists = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)];
  const names = lists.flatMap(([, list = ""]) => list.split(","))
    .map((it) => it.trim()).filter((it) => it !== "");
  assert(names.length <= MOST_NAMES, `${names.length} names`);
});
