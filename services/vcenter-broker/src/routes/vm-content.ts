import { sendRequest } from '@kagibako/bus/request-reply';
import { Base64 } from '@kagibako/contracts/fields';
import { Type } from 'typebox';
import { nothing, route } from '../route.ts';
import { vmOf } from '../vm-tasks.ts';
import { VmParams } from './vms.ts';

export const inspectVm = route({
  method: 'POST',
  url: '/api/kagibako/vm/:vm/inspect',
  summary: 'Tells which of a VM’s files are ciphertext, decided by their content',
  privilege: 'Cryptographer.Access',
  action: 'vm.inspect',
  audited: 'before the answer',
  params: VmParams,
  query: nothing,
  body: Type.Object({ known_plaintext: Base64 }, { additionalProperties: false }),
  handle: async ({ params, body }, service) => {
    const { id: vmId, path, hostId } = await vmOf(service, params.vm);
    const question = { vmId, path, knownPlaintext: body.known_plaintext };
    return { status: 200, body: await sendRequest(service.bus, 'inspectVm', question, { hostId }) };
  },
});

export const digestBlock = route({
  method: 'POST',
  url: '/api/kagibako/vm/:vm/digest',
  summary: 'SHA-256 of a block of a virtual disk, read through the encryption layer',
  privilege: 'Cryptographer.Access',
  action: 'vm.read-block',
  audited: 'before the answer',
  params: VmParams,
  query: nothing,
  body: Type.Object(
    {
      disk: Type.String({ pattern: '^[0-9]{1,8}$' }),
      offset: Type.Integer({ minimum: 0 }),
      length: Type.Integer({ minimum: 1 }),
    },
    { additionalProperties: false },
  ),
  handle: async ({ params, body }, service) => {
    const { id: vmId, path, hostId } = await vmOf(service, params.vm);
    const question = { vmId, path, disk: body.disk, offsetBytes: body.offset, lengthBytes: body.length };
    const { sha256, lengthBytes } = await sendRequest(service.bus, 'digestBlock', question, { hostId });
    return { status: 200, body: { sha256, length: lengthBytes } };
  },
});
