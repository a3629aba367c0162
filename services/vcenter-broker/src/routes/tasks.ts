import { Failure } from '@kagibako/contracts/failures';
import { Type } from 'typebox';
import { nothing, route } from '../route.ts';
import type { Service } from '../service.ts';
import { findTask, listTasks, type Task } from '../store/tasks.ts';
import { taskInfo } from '../tasks.ts';

const Ids = Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 1_000 }));
const Filter = Type.Object({ tasks: Ids, status: Ids }, { additionalProperties: false });
const TaskParams = Type.Object({ task: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }) });

export const readTask = route({
  method: 'GET',
  url: '/api/cis/tasks/:task',
  summary: 'Shows a task',
  privilege: 'System.Read',
  action: 'read',
  audited: 'not at all',
  params: TaskParams,
  query: nothing,
  handle: async ({ params }, service) => {
    const task = await findTask(service.database, params.task);
    if (task === undefined) throw new Failure('NotFound', `no task ${params.task}`);
    return { status: 200, body: shown(service, task) };
  },
});

export const listAllTasks = route({
  method: 'GET',
  url: '/api/cis/tasks',
  summary: 'Shows the newest tasks by their ids',
  privilege: 'System.Read',
  action: 'read',
  audited: 'not at all',
  params: nothing,
  query: Filter,
  handle: async ({ query }, service) => ({ status: 200, body: await shownTasks(service, query) }),
});

export const listTasksByBody = route({
  method: 'POST',
  url: '/api/cis/tasks',
  summary: 'Shows the newest tasks by their ids, as clients of vSphere ask for them',
  privilege: 'System.Read',
  action: 'read',
  audited: 'not at all',
  params: nothing,
  query: Type.Object({ action: Type.Literal('list') }),
  body: Filter,
  handle: async ({ body }, service) => ({ status: 200, body: await shownTasks(service, body) }),
});

async function shownTasks(
  service: Service,
  filter: { tasks?: string[]; status?: string[] },
): Promise<Record<string, unknown>> {
  const tasks = await listTasks(service.database, filter);
  return Object.fromEntries(tasks.map((task) => [task.id, shown(service, task)]));
}

const shown = ({ news }: Service, task: Task): unknown => taskInfo(task, news.progressOf(task.id));
