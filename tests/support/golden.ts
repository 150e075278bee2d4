import { assertEquals } from "@std/assert";
import { CHECKOUT } from "./checkout.ts";

/**
 * Asserts that `text` equals `tests/testdata/<name>`. To write the files again
 * (look at the difference before committing it):
 *
 * ```sh
 * UPDATE_GOLDENS=1 deno task test tests/cli/help_test.ts
 * ```
 */
export async function assertGolden(name: string, text: string): Promise<void> {
  const path = `${CHECKOUT}/tests/testdata/${name}`;
  if (Deno.env.get("UPDATE_GOLDENS")) await Deno.writeTextFile(path, text);
  assertEquals(text, await Deno.readTextFile(path));
}
