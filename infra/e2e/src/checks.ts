/** Runs checks one after the other, says how each went, and counts. */
export class Checks {
  passed = 0;
  failed = 0;

  /** True if it held. What a check throws is printed and counted. */
  async run(name: string, check: () => Promise<void>): Promise<boolean> {
    const started = performance.now();
    const duration = (): string => `${((performance.now() - started) / 1_000).toFixed(1)} s`;
    try {
      await check();
      this.passed += 1;
      console.log(`✔ ${name} (${duration()})`);
      return true;
    } catch (error) {
      this.failed += 1;
      console.log(
        `✖ ${name} (${duration()})\n${indent(error instanceof Error ? (error.stack ?? error.message) : String(error))}`,
      );
      return false;
    }
  }
}

const indent = (text: string): string => text.replaceAll(/^/gm, '    ');
