import { Failure } from '@kagibako/contracts/failures';

/** Lets work on one VM's folder run one after another, and work on different folders at the same time. */
export class VmQueue {
  #last = new Map<string, Promise<unknown>>();
  #commands = new Map<string, number>();

  async command<T>(folder: string, work: () => Promise<T>): Promise<T> {
    this.#commands.set(folder, (this.#commands.get(folder) ?? 0) + 1);
    try {
      return await this.#run(folder, work);
    } finally {
      const left = (this.#commands.get(folder) ?? 1) - 1;
      if (left === 0) this.#commands.delete(folder);
      else this.#commands.set(folder, left);
    }
  }

  /** Whoever asks waits for an answer, so a command that may take long is not waited for. @throws Failure ResourceInUse */
  async request<T>(folder: string, work: () => Promise<T>): Promise<T> {
    if (this.#commands.has(folder)) throw new Failure('ResourceInUse', 'a task is under way on this virtual machine');
    return await this.#run(folder, work);
  }

  /** Resolves when what is under way has ended. */
  async idle(): Promise<void> {
    await Promise.allSettled([...this.#last.values()]);
  }

  async #run<T>(folder: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(folder) ?? Promise.resolve();
    const running = before.catch(() => undefined).then(work);
    this.#last.set(folder, running);
    try {
      return await running;
    } finally {
      if (this.#last.get(folder) === running) this.#last.delete(folder);
    }
  }
}
