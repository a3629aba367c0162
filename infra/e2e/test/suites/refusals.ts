import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { field, type RestClient, RestError, signInToBroker } from '@kagibako/lab/demo-clients';
import { sendJson } from '@kagibako/lab/https-json';
import { encryptionPolicy } from '../administrator.ts';
import type { LabUnderTest } from './lab-under-test.ts';

const providers = '/api/vcenter/crypto-manager/kms/standard-providers';
const answersWithinMs = 5_000;

/** Bad input and failure: a clear error, and nothing half done. */
export function refusals(under: LabUnderTest): void {
  describe('says what is wrong', () => {
    let broker: RestClient;
    before(async () => {
      broker = await signInToBroker(under.running.lab, { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` });
    });

    const refused = async (attempt: Promise<unknown>, status: number, said: RegExp): Promise<void> => {
      await assert.rejects(attempt, (error) => {
        assert.ok(error instanceof RestError, String(error));
        assert.equal(error.status, status, error.message);
        assert.match(error.message, said);
        return true;
      });
    };
    const encrypt = (vm: string) =>
      broker.patch(`/api/vcenter/vm/${vm}/storage/policy`, {
        vm_home: { type: 'USE_SPECIFIED_POLICY', policy: encryptionPolicy },
      });
    const createVm = async (): Promise<string> =>
      String(
        await broker.post('/api/vcenter/vm', {
          guest_OS: 'OTHER_64',
          name: `refusal-${randomBytes(3).toString('hex')}`,
          placement: { host: under.running.lab.agents[0]?.name },
          memory: { size_MiB: 16 },
          disks: [{ new_vmdk: { capacity: 1024 * 1024 } }],
        }),
      );

    it('to a wrong password', async () => {
      const { broker: address } = under.running.lab;
      const answer = await sendJson({
        method: 'POST',
        url: `${address.url}/api/session`,
        ca: await readFile(address.caFile),
        headers: { authorization: `Basic ${Buffer.from(`${address.user}:wrong`).toString('base64')}` },
      });
      assert.equal(answer.status, 401);
      assert.equal(field(answer.body, 'error_type'), 'UNAUTHENTICATED');
    });

    it('to an unknown VM', () => refused(encrypt('vm-999999'), 404, /vm-999999/));

    it('to a policy that nobody made', async () => {
      const vm = await createVm();
      const policy = '00000000-0000-4000-8000-000000000000';
      await refused(
        broker.patch(`/api/vcenter/vm/${vm}/storage/policy`, { vm_home: { type: 'USE_SPECIFIED_POLICY', policy } }),
        400,
        /polic/i,
      );
    });

    it('to encrypting where there is no key provider', async () => {
      const vm = await createVm();
      await refused(encrypt(vm), 400, /key provider/i);
    });

    it('to a key provider on IPv6 alone, with the reason', () =>
      refused(
        broker.post(providers, {
          provider: 'six',
          kind: 'KMIP',
          servers: [{ name: 's', address: { hostname: '::1', port: 5696 } }],
        }),
        400,
        /IPv6/,
      ));

    describe('where a key provider does not answer', () => {
      let silent: Server;
      const provider = `silent-${randomBytes(3).toString('hex')}`;
      before(async () => {
        silent = createServer(() => undefined);
        await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
        const { port } = silent.address() as AddressInfo;
        await broker.post(providers, {
          provider,
          kind: 'KMIP',
          servers: [{ name: 'mute', address: { hostname: '127.0.0.1', port } }],
        });
      });
      after(async () => {
        await broker.delete(`${providers}/${provider}`);
        silent.close();
      });

      it('names it, says after how long it gave up, and leaves the VM as it was', async () => {
        const vm = await createVm();
        await assert.rejects(encrypt(vm), (error) => {
          assert.ok(error instanceof RestError);
          assert.match(error.message, new RegExp(`${provider}.*mute.*in 5000 ms`));
          return true;
        });
        const policies = await broker.get(`/api/vcenter/vm/${vm}/storage/policy`);
        assert.notEqual(field(policies, 'vm_home'), encryptionPolicy);
      });
    });
  });

  describe('keeps serving KMIP clients', () => {
    const tls = async () => {
      const { host, port, caFile, certFile, keyFile } = under.running.lab.kmip;
      const [ca, cert, key] = [caFile, certFile, keyFile].map((file) => readFileSync(file, 'utf8'));
      const identity = { ca: ca ?? '', cert: cert ?? '', key: key ?? '' };
      const options: ConnectionOptions = { host, port, ...identity, checkServerIdentity: () => undefined };
      return connectTls(options);
    };
    const discover = Buffer.from(
      // Request Message, version 1.4, batch count 1, Discover Versions with an empty payload.
      '42007801000000604200770100000038420069010000002042006a0200000004000000010000000042006b0200000004000000040000000042000d0200000004000000010000000042000f010000001842005c05000000040000001e000000004200790100000000',
      'hex',
    );
    const answerOf = async (bytes: Buffer): Promise<Buffer> => {
      const socket = await tls();
      const parts: Buffer[] = [];
      return await new Promise((done) => {
        socket.on('data', (part: Buffer) => {
          parts.push(part);
          const all = Buffer.concat(parts);
          if (all.length >= 8 && all.length >= 8 + all.readUInt32BE(4)) socket.destroy();
        });
        socket.on('error', () => undefined);
        socket.on('close', () => done(Buffer.concat(parts)));
        socket.write(bytes);
        socket.setTimeout(answersWithinMs, () => socket.destroy());
      });
    };

    it('that ask what it speaks', async () => {
      const answer = await answerOf(discover);
      assert.equal(answer.subarray(0, 3).toString('hex'), '42007b');
    });

    const hostile: [string, Buffer][] = [
      ['noise', randomBytes(4_096)],
      ['a message that says it is longer than allowed', Buffer.from('42007801ffffffff', 'hex')],
      ['a message cut short', discover.subarray(0, 40)],
      ['a message with a length inside that runs past its end', Buffer.from(discover).fill(0xff, 20, 24)],
      ['an answer instead of a request', Buffer.from(discover).fill(0x7b, 2, 3)],
    ];
    for (const [what, bytes] of hostile) {
      it(`while another sends ${what}`, async () => {
        const [, answer] = await Promise.all([answerOf(bytes), answerOf(discover)]);
        assert.equal(answer.subarray(0, 3).toString('hex'), '42007b');
      });
    }

    it('while another opens a TLS session and says nothing', async () => {
      const idle = await tls();
      await new Promise((done) => idle.once('secureConnect', done));
      const answer = await answerOf(discover);
      assert.equal(answer.subarray(0, 3).toString('hex'), '42007b');
      idle.destroy();
    });

    it('and refuses one without a certificate', async () => {
      const { host, port } = under.running.lab.kmip;
      const socket = connectTls({ host, port, rejectUnauthorized: false });
      const answered: Buffer[] = [];
      socket.on('data', (part: Buffer) => answered.push(part));
      socket.once('secureConnect', () => socket.write(discover));
      socket.on('error', () => undefined);
      await new Promise((done) => socket.once('close', done));
      assert.deepEqual(answered, []);
    });
  });
}
