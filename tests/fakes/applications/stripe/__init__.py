"""Stripe: customers, payments, invoices, refunds and events, from its public reference.

Test mode of one account with one connected account. `sk_test_fake` is its secret key, `rk_test_fake` a restricted one
that may do everything but read the account, `whsec_fake` the signing secret of its webhook endpoint.
"""

from .application import Stripe

__all__ = ["Stripe"]
