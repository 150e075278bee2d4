/**
 * Returns the folder for the downloads of this Deno, so that a child with
 * another home need not download them again.
 */
export async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
    stderr: "null",
  }).output();
  const info: { denoDir: string } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  return info.denoDir;
}
