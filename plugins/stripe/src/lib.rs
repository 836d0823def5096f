//! A connector for Stripe: payments, customers, invoices and refunds, and every event.
//!
//! The operations, by object: [`customers`], [`payment_intents`], [`invoices`], [`invoice_items`],
//! [`refunds`], and [`events`] with the two triggers. What they have in common: [`stripe`] sends,
//! [`calls`] creates, reads and lists, [`form`] writes parameters, [`errors`] reads refusals,
//! [`money`] and [`moment`] read amounts and times, [`objects`] describes what comes back.

mod account;
mod calls;
mod customers;
mod errors;
mod events;
mod form;
mod invoice_items;
mod invoices;
mod moment;
mod money;
mod objects;
mod payment_intents;
mod refunds;
mod stripe;

pub use account::Account;

mortise_sdk::export! {
    plugin: stripe::plugin,
    check: Account,
    actions: [
        customers::CreateCustomer,
        customers::GetCustomer,
        customers::ListCustomers,
        payment_intents::CreatePaymentIntent,
        payment_intents::GetPaymentIntent,
        payment_intents::ListPaymentIntents,
        invoices::CreateInvoice,
        invoices::GetInvoice,
        invoices::ListInvoices,
        invoice_items::CreateInvoiceItem,
        refunds::CreateRefund,
        refunds::GetRefund,
        refunds::ListRefunds,
    ],
    polling: [events::polling::NewEvents],
    webhooks: [events::webhook::Received],
}
