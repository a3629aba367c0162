# PyKMIP, a client that others wrote, against the gateway: host, port, CA, certificate and key are the arguments.
import sys

from kmip import enums
from kmip.pie.client import ProxyKmipClient
from kmip.core import enums as core_enums
from kmip.core.factories.attributes import AttributeFactory

host, port, ca, certificate, key, version = sys.argv[1:]
client = ProxyKmipClient(
    hostname=host, port=int(port), ca=ca, cert=certificate, key=key,
    kmip_version=getattr(enums.KMIPVersion, version), ssl_version='PROTOCOL_TLS_CLIENT' if False else 'PROTOCOL_TLSv1_2',
)
with client:
    versions = client.proxy.discover_versions()
    print('discover', versions.result_status.value.name, [f'{v.major}.{v.minor}' for v in versions.protocol_versions])
    uid = client.create(
        enums.CryptographicAlgorithm.AES, 256, name=f'pykmip-{version}',
        cryptographic_usage_mask=[enums.CryptographicUsageMask.ENCRYPT, enums.CryptographicUsageMask.DECRYPT],
    )
    print('create', bool(uid))
    client.activate(uid)
    print('activate', client.get_attributes(uid, ['State'])[1][0].attribute_value.value.name)
    first = client.get(uid)
    print('get', len(first.value), first.cryptographic_algorithm.name, first.cryptographic_length)
    print('same', client.get(uid).value == first.value)
    name = AttributeFactory().create_attribute(
        core_enums.AttributeType.NAME,
        {'name_value': f'pykmip-{version}', 'name_type': None} if False else f'pykmip-{version}',
    )
    print('locate', client.locate(attributes=[name]) == [uid])
    client.revoke(enums.RevocationReasonCode.CESSATION_OF_OPERATION, uid)
    print('revoke', client.get_attributes(uid, ['State'])[1][0].attribute_value.value.name)
    client.destroy(uid)
    try:
        client.get(uid)
        print('destroyed key was given out')
    except Exception as error:
        print('destroy', error.reason.name)
