import { assertEquals } from "@std/assert";
import { accessToken, refreshToken } from "./home.ts";
import type { Scene } from "./scene.ts";

/** Fails if `output`, the state or the log has a token of an account. */
export async function assertNoSecrets(
  scene: Scene,
  output: string,
): Promise<void> {
  const files = ["state.yaml", "rotation.log"].map((name) =>
    Deno.readTextFile(`${scene.home.dir}/${name}`)
  );
  const text = [output, ...await Promise.all(files)].join("\n");
  for (const index of [1, 2, 3]) {
    for (const secret of [accessToken(index), refreshToken(index)]) {
      assertEquals(text.includes(secret), false, `it says ${secret}`);
    }
  }
}
