"""An SMTP server, by aiosmtpd, that does to a recipient what the address says.

    server.py FOLDER CERTIFICATE KEY USER PASSWORD

Listens on three free ports of 127.0.0.1: `starttls` and `tls`, which want a login, and `plain`, which offers neither
STARTTLS nor a login. Messages go into the Maildir FOLDER/USER; a line of JSON for each goes into FOLDER/envelopes. When
it is ready, one line on stdout says the ports.

    refused@…   550 at RCPT
    busy@…      451 at RCPT the first time, then taken
    lost@…      taken, and the connection is closed without an answer
    spam@…      554 after the message
"""

import asyncio
import json
import mailbox
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

FOLDER, CERTIFICATE, KEY, USER, PASSWORD = sys.argv[1:]


class Postmaster:
    def __init__(self):
        self.busy = set()
        self.maildir = mailbox.Maildir(f"{FOLDER}/{USER}", create=True)

    def note(self, **what):
        with open(f"{FOLDER}/envelopes", "a") as book:
            print(json.dumps(what), file=book, flush=True)

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.partition("@")[0]
        if name == "refused":
            return "550 5.1.1 no such user here"
        if name == "busy" and address not in self.busy:
            self.busy.add(address)
            return "451 4.3.0 try again later"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server, session, envelope):
        names = [address.partition("@")[0] for address in envelope.rcpt_tos]
        if "spam" in names:
            return "554 5.7.1 we do not want that"
        self.maildir.add(envelope.original_content)
        self.note(
            sender=envelope.mail_from,
            options=envelope.mail_options,
            recipients=envelope.rcpt_tos,
            tls=server.transport.get_extra_info("ssl_object") is not None,
            user=session.login_data and session.login_data.decode(),
        )
        if "lost" in names:
            server.transport.abort()
            # Whatever is said now is heard by nobody.
            return "451 gone"
        return "250 2.0.0 queued as 17"


class Authority:
    def __call__(self, server, session, envelope, mechanism, data):
        good = LoginPassword(USER.encode(), PASSWORD.encode())
        if isinstance(data, LoginPassword) and data == good:
            return AuthResult(success=True, auth_data=USER.encode())
        # It repeats what it was told, as no server should.
        password = data.password.decode() if isinstance(data, LoginPassword) else ""
        return AuthResult(success=False, handled=False, message=f"535 5.7.8 `{password}` is wrong")


async def main():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE, KEY)
    postmaster, authority = Postmaster(), Authority()
    login = {"authenticator": authority, "auth_required": True}
    kinds = {
        "starttls": (dict(tls_context=context, require_starttls=True, **login), None),
        "tls": (dict(auth_require_tls=False, **login), context),
        "plain": ({}, None),
    }
    ports, servers = {}, []
    loop = asyncio.get_running_loop()
    for kind, (options, wrap) in kinds.items():
        options = dict(options, enable_SMTPUTF8=kind != "plain", hostname="mail.test")
        server = await loop.create_server(
            lambda options=options: SMTP(postmaster, loop=loop, **options), "127.0.0.1", 0, ssl=wrap
        )
        servers.append(server)
        ports[kind] = server.sockets[0].getsockname()[1]
    print(json.dumps(ports), flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


asyncio.run(main())
