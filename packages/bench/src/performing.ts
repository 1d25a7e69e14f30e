/** Makes this process carry out the orders of the one that started it, and end with it. */
export function perform(carryOut: (order: never) => Promise<object>): void {
  process.on('message', (order) => {
    carryOut(order as never).then(
      (report) => process.send?.(report),
      (error: unknown) => {
        process.stderr.write(`${process.argv[1]} failed: ${String(error)}\n`);
        process.exit(1);
      },
    );
  });
  // Ctrl-C reaches the whole process group; when we end is for our parent to say.
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.exit(0));
}
