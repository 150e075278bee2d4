import { assertEquals } from "@std/assert";
import { CHECKOUT } from "./checkout.ts";

/**
 * Asserts that `text` is what `tests/testdata/<name>` says. To write the files
 * anew, and read the difference before it is committed:
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
