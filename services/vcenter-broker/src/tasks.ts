import { setTimeout as wait } from 'node:timers/promises';
import type { Progress } from '@kagibako/contracts/events';
import { Failure, isFailureCode } from '@kagibako/contracts/failures';
import { errorBody } from './failure-shape.ts';
import type { Service } from './service.ts';
import { findTask, type Task } from './store/tasks.ts';

/** What tasks do, and how vSphere names the service and operation that started them. */
export const taskOperations = {
  create: { service: 'com.vmware.vcenter.VM', operation: 'create', summary: 'Create virtual machine' },
  delete: { service: 'com.vmware.vcenter.VM', operation: 'delete', summary: 'Delete virtual machine' },
  'power-on': { service: 'com.vmware.vcenter.vm.power', operation: 'start', summary: 'Power on virtual machine' },
  'power-off': { service: 'com.vmware.vcenter.vm.power', operation: 'stop', summary: 'Power off virtual machine' },
  encrypt: {
    service: 'com.vmware.vcenter.vm.storage.policy',
    operation: 'update',
    summary: 'Encrypt virtual machine',
  },
  decrypt: {
    service: 'com.vmware.vcenter.vm.storage.policy',
    operation: 'update',
    summary: 'Decrypt virtual machine',
  },
} as const;

export type TaskOperation = keyof typeof taskOperations;

/** How long a caller that did not ask for the task itself is kept waiting. */
const taskWaitMs = 120_000;
/** Another process may have heard of the task's end. */
const taskPollMs = 250;
const progressKeptMax = 1_000;
const percent = 100;

/** What this process hears of running tasks: their progress, which nobody stores, and that one has ended. */
export interface TaskNews {
  noteProgress(progress: Progress): void;
  progressOf(taskId: string): Progress | undefined;
  noteEnd(taskId: string): void;
  /** Resolves at the task's end or after `timeoutMs`. */
  nextNews(taskId: string, timeoutMs: number): Promise<void>;
}

export function createTaskNews(): TaskNews {
  const progress = new Map<string, Progress>();
  const waiting = new Map<string, Set<() => void>>();
  return {
    noteProgress: (heard) => {
      progress.delete(heard.taskId);
      progress.set(heard.taskId, heard);
      const [oldest] = progress.keys();
      if (progress.size > progressKeptMax && oldest !== undefined) progress.delete(oldest);
    },
    progressOf: (taskId) => progress.get(taskId),
    noteEnd: (taskId) => {
      progress.delete(taskId);
      for (const wake of waiting.get(taskId) ?? []) wake();
    },
    nextNews: async (taskId, timeoutMs) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const wakers = waiting.get(taskId) ?? new Set();
      waiting.set(taskId, wakers.add(resolve));
      const timer = new AbortController();
      await Promise.race([promise, wait(timeoutMs, undefined, { signal: timer.signal, ref: false })]);
      timer.abort();
      wakers.delete(resolve);
      if (wakers.size === 0) waiting.delete(taskId);
    },
  };
}

/** Resolves when the task has succeeded. @throws the task's own Failure, or ProviderTimedOut while it goes on */
export async function waitForTask({ database, news }: Service, taskId: string): Promise<void> {
  const deadline = performance.now() + taskWaitMs;
  while (performance.now() < deadline) {
    const task = await findTask(database, taskId);
    if (task === undefined) throw new Failure('NotFound', `no task ${taskId}`);
    if (task.status === 'SUCCEEDED') return;
    if (task.error !== undefined) throw taskFailure(task.error);
    await news.nextNews(taskId, taskPollMs);
  }
  throw new Failure('ProviderTimedOut', `task ${taskId} goes on; it did not end within ${taskWaitMs} ms`);
}

const taskFailure = ({ code, message }: { code: string; message: string }): Failure =>
  new Failure(isFailureCode(code) ? code : 'Internal', message);

const phaseMessages = { key: 'asking the key provider for a key', host: 'the host works', ended: 'done' } as const;

/** A task as `/api/cis/tasks` shows it. */
export function taskInfo(task: Task, heard: Progress | undefined): Record<string, unknown> {
  const { service, operation, summary } = taskOperations[task.operation];
  const completed = task.status === 'SUCCEEDED' ? percent : percentOf(heard);
  const message = heard?.message ?? phaseMessages[task.phase];
  return {
    description: localizable(`kagibako.vcenter.task.${task.operation}`, summary),
    service,
    operation,
    target: { type: 'VirtualMachine', id: task.vmId },
    status: task.status,
    cancelable: false,
    progress: { total: percent, completed, message: localizable('kagibako.vcenter.task.progress', message) },
    ...(task.error === undefined ? {} : { error: errorBody(task.error.code, task.error.message) }),
    ...(task.status === 'SUCCEEDED' && task.operation === 'create' ? { result: task.vmId } : {}),
    start_time: task.startedAt.toISOString(),
    ...(task.endedAt === undefined ? {} : { end_time: task.endedAt.toISOString() }),
    user: task.user,
  };
}

const percentOf = (heard: Progress | undefined): number =>
  heard === undefined || heard.totalBytes === 0
    ? 0
    : Math.min(percent, Math.floor((heard.doneBytes * percent) / heard.totalBytes));

export const localizable = (id: string, message: string) => ({ id, default_message: message, args: [] });
