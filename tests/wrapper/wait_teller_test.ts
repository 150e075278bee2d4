import { assertEquals } from "@std/assert";
import { waitTeller } from "../../lib/wrapper/wait_teller.ts";
import { NOW } from "../support/account_folder.ts";

Deno.test("waitTeller() tells of a long wait once", () => {
  let now = NOW;
  const said: string[] = [];
  const tell = waitTeller({
    notify: (text) => said.push(text),
    system: { elapsed: () => now },
  });
  tell({ account: 1, ms: 2_000 });
  assertEquals(said, []);
  for (let at = 0; at < 200; at++) tell({ account: 1, ms: 11_500 });
  assertEquals(said, ["account 1 is rate-limited: waiting for 12 s"]);
  now += 11_500;
  tell({ account: 2, ms: 5_000 });
  assertEquals(said.length, 2);
});
