import { type Static, type TObject, type TSchema, Type } from 'typebox';
import { Bytes, CryptoKeyId, Id, Text, Timestamp } from './fields.ts';
import type { Service } from './subjects.ts';

/** A fact, past tense, kept in the limits stream and published as a CloudEvent in binary mode. Ids and states only. */
export interface EventSpec<S extends TObject = TObject> {
  service: Service;
  event: string;
  /** The subject carries the host's id, which the publisher's permissions pin. */
  perHost: boolean;
  summary: string;
  body: S;
}

const event = <P extends Record<string, TSchema>>(service: Service, name: string, summary: string, properties: P) => ({
  service,
  event: name,
  perHost: service === 'esxi-agent',
  summary,
  body: Type.Object(properties, { additionalProperties: false }),
});

const task = { taskId: Id, vmId: Id, hostId: Id };
const managedObject = { instanceId: Id, adapterId: Id, uniqueIdentifier: Text };

export const events = {
  keyCreated: event('kms', 'key-created', 'A KMIP client created a Symmetric Key', managedObject),
  keyActivated: event('kms', 'key-activated', 'A key moved from Pre-Active to Active', managedObject),
  keyRevoked: event('kms', 'key-revoked', 'A key moved to Deactivated or Compromised', {
    ...managedObject,
    state: Text,
  }),
  keyDestroyed: event('kms', 'key-destroyed', 'Key material is gone for good', managedObject),
  attributeAdded: event('kms', 'attribute-added', 'An attribute was added to a managed object', {
    ...managedObject,
    attributeName: Text,
  }),
  attributeModified: event('kms', 'attribute-modified', 'An attribute of a managed object has another value', {
    ...managedObject,
    attributeName: Text,
  }),
  attributeDeleted: event('kms', 'attribute-deleted', 'A managed object lost an attribute', {
    ...managedObject,
    attributeName: Text,
  }),
  objectArchived: event('kms', 'object-archived', 'A managed object was put off line', managedObject),
  objectRecovered: event('kms', 'object-recovered', 'A managed object was brought back', managedObject),
  rootKeyCreated: event('kms', 'root-key-created', 'A customer root key was made', { instanceId: Id, rootKeyId: Id }),
  adapterCreated: event('kms', 'adapter-created', 'A KMIP adapter was made', { instanceId: Id, adapterId: Id }),
  clientCertificateAdded: event('kms', 'client-certificate-added', 'A KMIP client may connect', {
    instanceId: Id,
    adapterId: Id,
    certificateId: Id,
  }),
  clientCertificateRemoved: event('kms', 'client-certificate-removed', 'A KMIP client may connect no more', {
    instanceId: Id,
    adapterId: Id,
    certificateId: Id,
  }),
  keyRequested: event('vcenter-broker', 'key-requested', 'A task asked a key provider for a KEK', {
    taskId: Id,
    vmId: Id,
    providerId: Text,
  }),
  keyDistributed: event('vcenter-broker', 'key-distributed', 'A host may fetch a KEK', {
    taskId: Id,
    vmId: Id,
    hostId: Id,
    key: CryptoKeyId,
  }),
  policyAssigned: event('vcenter-broker', 'policy-assigned', 'A VM got a storage policy', { vmId: Id, policyId: Id }),
  hostEnrolled: event('vcenter-broker', 'host-enrolled', 'A host’s identity is trusted', { hostId: Id }),
  hostRevoked: event('vcenter-broker', 'host-revoked', 'A host’s identity is trusted no more', { hostId: Id }),
  hostStarted: event('esxi-agent', 'host-started', 'A host is up; VMs not listed are off', {
    hostId: Id,
    startedAt: Timestamp,
    poweredOn: Type.Array(Id),
  }),
  vmCreated: event('esxi-agent', 'vm-created', 'A VM’s files exist', {
    ...task,
    disks: Type.Array(Type.Object({ disk: Id, capacityBytes: Bytes, fileName: Text }, { additionalProperties: false })),
  }),
  vmDeleted: event('esxi-agent', 'vm-deleted', 'A VM’s files are gone', task),
  vmPoweredOn: event('esxi-agent', 'vm-powered-on', 'A VM runs', task),
  vmPoweredOff: event('esxi-agent', 'vm-powered-off', 'A VM is off and its keys are forgotten', task),
  vmEncrypted: event('esxi-agent', 'vm-encrypted', 'VM home and disks are ciphertext under the named KEK', {
    ...task,
    key: CryptoKeyId,
    bytesEncrypted: Bytes,
  }),
  vmDecrypted: event('esxi-agent', 'vm-decrypted', 'VM home and disks are clear', { ...task, bytesDecrypted: Bytes }),
  taskFailed: event('esxi-agent', 'task-failed', 'A command failed and the VM is as it was', {
    ...task,
    command: Text,
    code: Text,
    message: Text,
  }),
} as const;

export type EventName = keyof typeof events;
export type EventBody<N extends EventName> = Static<(typeof events)[N]['body']>;

/** How far a host's task is; only the newest is kept, in memory. */
export const Progress = Type.Object(
  { taskId: Id, vmId: Id, hostId: Id, doneBytes: Bytes, totalBytes: Bytes, message: Text },
  { additionalProperties: false },
);
export type Progress = Static<typeof Progress>;
