/** Lets everything run that waits for nothing but promises. Real timers are not involved. */
export async function settle() {
  for (let round = 0; round < 50; round += 1) await Promise.resolve();
}
