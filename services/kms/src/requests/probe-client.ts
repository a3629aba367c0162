import type { Asked } from '@kagibako/sealed-bus/sealed-server';
import { asBusClient } from '../bus-client.ts';
import { vendorIdentification } from '../operations/query.ts';
import type { Service } from '../service.ts';

export async function probeClient(service: Service, asked: Asked<'probeClient'>): Promise<{ vendor: string }> {
  return await asBusClient(service, asked, 'Query', async () => ({ vendor: vendorIdentification }));
}
