/**
 * Finds the files that import each other, directly or through others: the
 * strongly connected components with more than one file, by Tarjan's algorithm.
 *
 * @param imports For each file, the files that it imports.
 */
export function findCircles(
  imports: ReadonlyMap<string, readonly string[]>,
): string[][] {
  const circles: string[][] = [];
  const order = new Map<string, number>();
  const open: string[] = [];

  /** Returns the earliest open file that `file` can reach. */
  function visit(file: string): number {
    const own = order.size;
    order.set(file, own);
    open.push(file);
    let earliest = own;
    for (const target of imports.get(file) ?? []) {
      if (!order.has(target)) earliest = Math.min(earliest, visit(target));
      else if (open.includes(target)) {
        earliest = Math.min(earliest, order.get(target) ?? own);
      }
    }
    if (earliest === own) {
      const circle = open.splice(open.indexOf(file));
      const isLoop = circle.length > 1 || imports.get(file)?.includes(file);
      if (isLoop) circles.push(circle.toSorted());
    }
    return earliest;
  }

  for (const file of imports.keys()) {
    if (!order.has(file)) visit(file);
  }
  return circles;
}
