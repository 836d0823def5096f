#include <stdio.h>
#include <string.h>

#include "fake.h"

static bool is_name(const char *name) {
    if (name == NULL || *name < 'a' || *name > 'z') {
        return false;
    }
    return name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static bool is_summary(const char *text) {
    const size_t length = text == NULL ? 0 : strlen(text);
    return length > 0 && text[length - 1] != '.';
}

static const char *examine_example(const mortise_json *operation, const mortise_json *example) {
    const char *name = mortise_string(operation, "name");
    const char *title = mortise_string_or(example, "title", "without title");
    const char *role = mortise_string(operation, "role");
    const mortise_json *output = mortise_member(example, "output");
    const mortise_json *schema = mortise_member(operation, "output");
    mortise_misfit misfit;
    if (!mortise_fits_schema(mortise_member(example, "input"), mortise_member(operation, "input"), &misfit)) {
        return mortise_format("the example `%s` of `%s`: input: %s", title, name, misfit.problem);
    }
    const mortise_json *records = mortise_member(example, "records");
    for (size_t index = 0; index < mortise_count(records); index += 1) {
        if (!mortise_fits_schema(mortise_element(records, index), mortise_member(operation, "record"), &misfit)) {
            return mortise_format("the example `%s` of `%s`: record: %s", title, name, misfit.problem);
        }
    }
    const bool is_list = mortise_as_bool(mortise_member(operation, "paging")) || strcmp(role, "transform") == 0;
    for (size_t index = 0; output != NULL && index < (is_list ? mortise_count(output) : 1); index += 1) {
        if (!mortise_fits_schema(is_list ? mortise_element(output, index) : output, schema, &misfit)) {
            return mortise_format("the example `%s` of `%s`: output: %s", title, name, misfit.problem);
        }
    }
    return NULL;
}

static const char *run_example(const char *name, const mortise_json *example) {
    const mortise_json *records = mortise_member(example, "records");
    const mortise_json *expected = mortise_member(example, "output");
    const char *title = mortise_string_or(example, "title", "without title");
    const char *list = records == NULL ? "[]" : mortise_write(records);
    mortise_result *results = fake_apply_all(name, mortise_write(mortise_member(example, "input")), list);
    if (results == NULL) {
        return mortise_format("the example `%s` of `%s` fails: %s", title, name, fake_failure()->message);
    }
    mortise_json *all = mortise_new_array();
    for (size_t index = 0; index < mortise_count(records); index += 1) {
        if (results[index].failure != NULL) {
            return mortise_format("the example `%s` of `%s` fails: %s", title, name, results[index].failure->message);
        }
        for (size_t place = 0; place < mortise_count(results[index].output); place += 1) {
            mortise_append(all, mortise_element(results[index].output, place));
        }
    }
    const bool is_same = expected == NULL || mortise_equal(all, expected);
    return is_same ? NULL : mortise_format("the example `%s` of `%s` gives %s", title, name, mortise_write(all));
}

static const char *examine_operation(const mortise_json *operation) {
    const char *name = mortise_string(operation, "name");
    if (!is_name(name)) {
        return mortise_format("`%s` is no name of an operation", name == NULL ? "" : name);
    }
    if (!is_summary(mortise_string(operation, "summary"))) {
        return mortise_format("the summary of `%s` is not one sentence without a full stop", name);
    }
    const mortise_json *examples = mortise_member(operation, "examples");
    for (size_t index = 0; index < mortise_count(examples); index += 1) {
        const mortise_json *example = mortise_element(examples, index);
        const char *problem = examine_example(operation, example);
        if (problem == NULL && strcmp(mortise_string(operation, "role"), "transform") == 0) {
            problem = run_example(name, example);
        }
        if (problem != NULL) {
            return problem;
        }
    }
    return NULL;
}

const char *fake_examine(void) {
    const mortise_json *descriptor = mortise_describe();
    const char *name = mortise_string(descriptor, "name");
    const char *slash = name == NULL ? NULL : strchr(name, '/');
    if (slash == NULL || !is_name(mortise_copy(name, (size_t)(slash - name))) || !is_name(slash + 1)) {
        return "the plugin's name is not `namespace/name`";
    }
    if (mortise_string(descriptor, "version") == NULL || mortise_string(descriptor, "title") == NULL) {
        return "the plugin has no version or no title";
    }
    const mortise_json *operations = mortise_member(descriptor, "operations");
    if (mortise_count(operations) == 0) {
        return "the plugin has no operations";
    }
    for (size_t index = 0; index < mortise_count(operations); index += 1) {
        const char *problem = examine_operation(mortise_element(operations, index));
        if (problem != NULL) {
            return problem;
        }
    }
    return NULL;
}

const char *fake_examine_world(const char *path) {
    const struct {
        const char *interface;
        bool is_there;
    } roles[] = {
        {"describe", true},
        {"check", MORTISE_PLUGIN.check != NULL},
        {"actions", MORTISE_PLUGIN.actions != NULL},
        {"batch", MORTISE_PLUGIN.batch != NULL},
        {"polling", MORTISE_PLUGIN.polling != NULL},
        {"webhooks", MORTISE_PLUGIN.webhooks != NULL},
        {"explore", MORTISE_PLUGIN.explore != NULL},
        {"transform", MORTISE_PLUGIN.transforms != NULL},
    };
    char text[8192];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return mortise_format("there is no `%s`", path);
    }
    const size_t length = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[length] = '\0';
    for (size_t index = 0; index < sizeof roles / sizeof roles[0]; index += 1) {
        const char *line = mortise_format("export mortise:plugin/%s@", roles[index].interface);
        const bool is_exported = strstr(text, line) != NULL;
        if (is_exported != roles[index].is_there) {
            return mortise_format("`%s` %s `%s`, which `MORTISE_PLUGIN` %s", path,
                                  is_exported ? "exports" : "does not export", roles[index].interface,
                                  is_exported ? "does not have" : "has");
        }
    }
    return NULL;
}
