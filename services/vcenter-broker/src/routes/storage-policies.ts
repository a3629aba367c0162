import { allPolicies } from '../policies.ts';
import { nothing, route } from '../route.ts';

export const listPolicies = route({
  method: 'GET',
  url: '/api/vcenter/storage/policies',
  summary: 'Lists the storage policies',
  privilege: 'System.Read',
  action: 'read',
  audited: 'not at all',
  params: nothing,
  query: nothing,
  handle: async () => ({
    status: 200,
    body: allPolicies.map(({ policy, name, description }) => ({ policy, name, description })),
  }),
});
