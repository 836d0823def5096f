"""Pushes a plugin with the oras client, lists its tags and pulls it again.

usage: client.py REGISTRY NAME TAG TOKEN COMPONENT OUT [CA]

COMPONENT lies in the working folder. What was pulled lies in OUT.
"""

import sys

import oras.client


def main(registry, name, tag, token, component, out, ca=None):
    client = oras.client.OrasClient(
        hostname=registry,
        insecure=ca is None,
        tls_verify=ca if ca is not None else True,
        auth_backend="basic",
    )
    client.auth.set_basic_auth("anybody", token)
    target = f"{registry}/{name}:{tag}"
    pushed = client.push(
        target=target,
        files=[f"{component}:application/wasm"],
        manifest_config="config.json:application/vnd.wasm.config.v0+json",
    )
    print(pushed.status_code, pushed.headers["docker-content-digest"])
    print(*client.get_tags(f"{registry}/{name}"))
    print(*client.pull(target=target, outdir=out))


main(*sys.argv[1:])
