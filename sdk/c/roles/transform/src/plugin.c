/// The whole plugin: what it is, and what it can do.
#include "operations.h"

static const mortise_transform *const TRANSFORMS[] = {&TIDY_CONTACT, NULL};

const mortise_plugin MORTISE_PLUGIN = {
    .name = "example/sample-plugin",
    .version = "0.1.0",
    .licence = "Apache-2.0",
    .title = "Contacts",
    .summary = "tidies contacts",
    .transforms = TRANSFORMS,
};
