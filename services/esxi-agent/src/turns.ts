/** Runs what concerns one VM one after another, and different VMs side by side. */
export function createTurns(): <T>(vmId: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return async (vmId, work) => {
    const before = last.get(vmId) ?? Promise.resolve();
    const turn = before.then(work);
    const done = turn.catch(() => undefined);
    last.set(vmId, done);
    try {
      return await turn;
    } finally {
      if (last.get(vmId) === done) last.delete(vmId);
    }
  };
}
