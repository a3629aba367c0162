import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fact } from '@kagibako/bus/facts';
import { delivery } from '@kagibako/contracts/streams';
import type { Logger } from '@kagibako/telemetry/logger';
import { replaceFile } from './durable-file.ts';

const privateFolderMode = 0o700;
const publishAgainAfterMs = 1_000;
const suffix = '.json';

/** What the journal keeps: longer than a command can wait in its stream, and not for ever. */
export const journalLimits = { keepMs: 7 * 24 * 60 * 60 * 1_000, entriesMax: 10_000, pruneEveryMs: 60 * 60 * 1_000 };

/** A command that was begun, as it came, and how often: one that ends the process each time must end itself some day. */
export interface AcceptedCommand {
  command: string;
  body: unknown;
  traceparent?: string | undefined;
  attempts: number;
}

interface Entry {
  at: string;
  accepted?: AcceptedCommand;
  outcome?: Fact;
  published: boolean;
}

/**
 * The host's record of commands, a file each: accepted, then the fact that ended it. A fact is on the disk before it is
 * told, and is told until JetStream has it, again after JetStream may have lost it.
 */
export class TaskJournal {
  #folder: string;
  #logger: Logger;
  #publish: (fact: Fact) => Promise<unknown>;
  #entries = new Map<string, Entry>();
  #publishing = new Map<string, Promise<void>>();
  #stop = new AbortController();

  private constructor(folder: string, logger: Logger, publish: (fact: Fact) => Promise<unknown>) {
    this.#folder = folder;
    this.#logger = logger;
    this.#publish = publish;
  }

  static async open(folder: string, logger: Logger, publish: (fact: Fact) => Promise<unknown>): Promise<TaskJournal> {
    await mkdir(folder, { recursive: true, mode: privateFolderMode });
    const journal = new TaskJournal(folder, logger, publish);
    for (const name of await readdir(folder)) {
      if (name.endsWith(suffix))
        journal.#entries.set(name.slice(0, -suffix.length), JSON.parse(await readFile(join(folder, name), 'utf8')));
      else await rm(join(folder, name), { force: true });
    }
    await journal.prune();
    return journal;
  }

  hasEnded(id: string): boolean {
    return this.#entries.get(id)?.outcome !== undefined;
  }

  /** Answers which attempt this is, from 1. */
  async accept(id: string, command: Omit<AcceptedCommand, 'attempts'>): Promise<number> {
    const attempts = (this.#entries.get(id)?.accepted?.attempts ?? 0) + 1;
    await this.#write(id, { at: new Date().toISOString(), accepted: { ...command, attempts }, published: false });
    return attempts;
  }

  /** Commands that were begun and not ended: the process was killed. */
  unfinished(): [id: string, command: AcceptedCommand][] {
    return [...this.#entries].flatMap(([id, { accepted, outcome }]): [string, AcceptedCommand][] =>
      accepted === undefined || outcome !== undefined ? [] : [[id, accepted]],
    );
  }

  async end(id: string, outcome: Fact): Promise<void> {
    await this.#write(id, { at: new Date().toISOString(), outcome, published: false });
  }

  /** Resolves when JetStream has the outcome, or when the journal is closed. */
  async publish(id: string): Promise<void> {
    const running = this.#publishing.get(id) ?? this.#publishUntilAcknowledged(id);
    this.#publishing.set(id, running);
    await running.finally(() => this.#publishing.delete(id));
  }

  /** Tells again, in order, what is recent or was never acknowledged; consumers are idempotent by the fact's id. */
  async replay(): Promise<void> {
    const since = new Date(Date.now() - delivery.outboxReplayWindowMs).toISOString();
    const due = [...this.#entries].filter(([, { outcome, published, at }]) => outcome && (!published || at > since));
    for (const [id] of due.sort(([, left], [, right]) => left.at.localeCompare(right.at))) await this.publish(id);
  }

  async prune(): Promise<void> {
    const oldest = new Date(Date.now() - journalLimits.keepMs).toISOString();
    const published = [...this.#entries].filter(([, entry]) => entry.published);
    const byAge = published.sort(([, left], [, right]) => left.at.localeCompare(right.at));
    const surplus = this.#entries.size - journalLimits.entriesMax;
    for (const [place, [id, { at }]] of byAge.entries()) {
      if (at > oldest && place >= surplus) continue;
      await rm(this.#file(id), { force: true });
      this.#entries.delete(id);
    }
  }

  close(): void {
    this.#stop.abort();
  }

  async #publishUntilAcknowledged(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry?.outcome === undefined) return;
    while (!this.#stop.signal.aborted) {
      try {
        await this.#publish(entry.outcome);
        if (!entry.published) await this.#write(id, { ...entry, published: true });
        return;
      } catch (error) {
        this.#logger.warn({ err: error, task: id }, 'a fact waits for the bus');
        await new Promise((done) => setTimeout(done, publishAgainAfterMs));
      }
    }
  }

  async #write(id: string, entry: Entry): Promise<void> {
    await replaceFile(this.#file(id), JSON.stringify(entry));
    this.#entries.set(id, entry);
  }

  #file(id: string): string {
    return join(this.#folder, `${id}${suffix}`);
  }
}
