import { field } from '@kagibako/lab/demo-clients';

/** Names of the services that have spans in a trace, by Jaeger's query API; none where it does not know the trace. */
export async function servicesInTrace(jaegerUrl: string, traceId: string): Promise<ReadonlySet<string>> {
  const answer = await fetch(`${jaegerUrl}/api/traces/${traceId}`);
  const body: unknown = await answer.json();
  const [trace] = asList(field(body, 'data'));
  const processes = new Map(Object.entries(field(trace, 'processes') ?? {}));
  const names = asList(field(trace, 'spans')).map((span) =>
    field(processes.get(String(field(span, 'processID'))), 'serviceName'),
  );
  return new Set(names.map(String));
}

const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
