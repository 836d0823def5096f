/// The whole plugin: what it is, and what it can do.
#include "operations.h"

static const char *const HOSTS[] = {"api.desk.example", NULL};
static const char *const ORIGINS[] = {"https://api.desk.example", NULL};

static const mortise_action *const ACTIONS[] = {&CREATE_TICKET, &LIST_TICKETS, &UPLOAD_FILE, NULL};
static const mortise_polling *const POLLING[] = {&NEW_TICKETS, NULL};
static const mortise_webhook *const WEBHOOKS[] = {&TICKET_CLOSED, NULL};

const mortise_plugin MORTISE_PLUGIN = {
    .name = "example/sample-plugin",
    .version = "0.1.0",
    .licence = "Apache-2.0",
    .title = "Desk",
    .summary = "tickets of the help desk Desk",
    .settings = DESK_SETTINGS,
    .rate_requests = 100,
    .rate_per_ms = 60000,
    .hosts = HOSTS,
    .origins = ORIGINS,
    .authentication = DESK_AUTHENTICATION,
    .check = desk_check,
    .actions = ACTIONS,
    .polling = POLLING,
    .webhooks = WEBHOOKS,
};
