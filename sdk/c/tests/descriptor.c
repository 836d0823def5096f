/// Descriptors fit the schema of all descriptors, except for its patterns, which `fake_examine` knows.
#include <stdio.h>
#include <stdlib.h>

#include "mortise_fake.h"

static const char *read_schema(void) {
    FILE *file = fopen("../../wit/descriptor.schema.json", "rb");
    if (file == NULL) {
        return NULL;
    }
    static char text[65536];
    const size_t length = fread(text, 1, sizeof text - 1, file);
    text[length] = '\0';
    (void)fclose(file);
    return length < sizeof text - 1 ? text : NULL;
}

static void the_descriptor_fits(void) {
    const char *schema = read_schema();
    CHECK(schema != NULL);
    mortise_misfit misfit = {NULL, NULL};
    CHECK(mortise_fits(mortise_describe(), schema, &misfit));
    CHECK_TEXT(misfit.field, NULL);
}

static void one_that_does_not_is_seen(void) {
    mortise_json *descriptor = mortise_describe();
    mortise_set_integer(descriptor, "title", 5);
    mortise_misfit misfit = {NULL, NULL};
    CHECK(!mortise_fits(descriptor, read_schema(), &misfit));
    CHECK_TEXT(misfit.field, "/title");
}

int main(void) {
    RUN(the_descriptor_fits);
    RUN(one_that_does_not_is_seen);
    return fake_end();
}
