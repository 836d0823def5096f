/// What a plugin is. Its source defines one `MORTISE_PLUGIN`, and that is all that it registers.
#ifndef MORTISE_PLUGIN_H
#define MORTISE_PLUGIN_H

#include "mortise/actions.h"
#include "mortise/batch.h"
#include "mortise/events.h"
#include "mortise/explore.h"
#include "mortise/transform.h"

/// What the credential belongs to.
typedef struct {
    /// The application's id of the account, to tell two connections apart.
    const char *id;
    /// For people: `Acme GmbH (live)`.
    const char *label;
    /// An array of what the credential may do, or `NULL`.
    const mortise_json *scopes;
    /// Settings that the application told, or `NULL`.
    const mortise_json *settings;
} mortise_account;

/// An account with nothing but what every account has. `NULL` where one of both is `NULL`.
mortise_account *mortise_account_of(const char *id, const char *label);

/// What may be `NULL` or 0 is left out of the descriptor. Lists end with `NULL`.
typedef struct {
    /// `namespace/name`.
    const char *name;
    /// Semantic version.
    const char *version;
    /// SPDX expression.
    const char *licence;
    /// For people: the application's own name.
    const char *title;
    /// One sentence: lower case, no full stop.
    const char *summary;
    /// JSON Schema of a connection's settings, without secrets.
    const char *settings;
    /// So many requests in so many milliseconds, per connection.
    uint32_t rate_requests;
    uint64_t rate_per_ms;
    /// Hosts that the plugin would like to reach; the operator grants them or not.
    const char *const *hosts;
    /// Where a connection's credential may go: exact origins, or templates over the settings.
    const char *const *origins;
    /// The ways to authenticate, as a JSON list: see `Scheme` in the descriptor's schema.
    const char *authentication;

    /// Shows that a connection works, with the cheapest request that needs the credential.
    mortise_account *(*check)(void);
    const mortise_action *const *actions;
    const mortise_batch *const *batch;
    const mortise_polling *const *polling;
    const mortise_webhook *const *webhooks;
    const mortise_explore *explore;
    const mortise_transform *const *transforms;
} mortise_plugin;

extern const mortise_plugin MORTISE_PLUGIN;

/// The descriptor, as JSON.
mortise_json *mortise_describe(void);

#endif
