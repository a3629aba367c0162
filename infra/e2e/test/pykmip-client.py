# PyKMIP, a client that others wrote, against the gateway. Arguments: host, port, CA, certificate, key, version (KMIP_1_4).
import sys
import uuid

from kmip.core.enums import (
    AttributeType,
    CryptographicAlgorithm,
    CryptographicUsageMask,
    KMIPVersion,
    RevocationReasonCode,
)
from kmip.core.factories.attributes import AttributeFactory
from kmip.pie.client import ProxyKmipClient
from kmip.pie.exceptions import KmipOperationFailure


def state(client, uid):
    _, attributes = client.get_attributes(uid, ['State'])
    return attributes[0].attribute_value.value.name


def run(client):
    discovered = client.proxy.discover_versions()
    versions = [f'{version.major}.{version.minor}' for version in discovered.protocol_versions]
    print('discover', discovered.result_status.value.name, versions)

    name = f'pykmip-{uuid.uuid4()}'
    mask = [CryptographicUsageMask.ENCRYPT, CryptographicUsageMask.DECRYPT]
    uid = client.create(CryptographicAlgorithm.AES, 256, name=name, cryptographic_usage_mask=mask)
    print('create', state(client, uid) == 'PRE_ACTIVE')
    client.activate(uid)
    print('activate', state(client, uid))

    key = client.get(uid)
    print('get', len(key.value), key.cryptographic_algorithm.name, key.cryptographic_length)
    print('same', client.get(uid).value == key.value)
    wanted = AttributeFactory().create_attribute(AttributeType.NAME, name)
    print('locate', client.locate(attributes=[wanted]) == [uid])

    client.revoke(RevocationReasonCode.CESSATION_OF_OPERATION, uid)
    print('revoke', state(client, uid))
    client.destroy(uid)
    try:
        client.get(uid)
        print('a destroyed key was given out')
    except KmipOperationFailure as error:
        print('destroy', error.reason.name)


host, port, ca, certificate, key_file, version = sys.argv[1:]
# PyKMIP names its TLS version itself; 1.2 is the newest that it knows by a name of its own.
with ProxyKmipClient(
    hostname=host,
    port=int(port),
    ca=ca,
    cert=certificate,
    key=key_file,
    kmip_version=KMIPVersion[version],
    ssl_version='PROTOCOL_TLSv1_2',
) as client:
    run(client)
