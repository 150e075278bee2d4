/**
 * Makes a named pipe, at which the one end waits for the other.
 *
 * @throws {Error} If that is not possible.
 */
export async function makePipe(path: string): Promise<void> {
  const args = ["-m", "600", path];
  const { success } = await new Deno.Command("mkfifo", { args }).output();
  if (!success) throw new Error(`Cannot make the named pipe "${path}"`);
}
