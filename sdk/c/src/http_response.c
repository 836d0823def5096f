#include <string.h>

#include "internal.h"

uint16_t mortise_status(const mortise_response *response) { return response == NULL ? 0 : response->status; }

static const char *header_of(const mortise_pair *headers, size_t count, const char *name) {
    for (size_t index = 0; index < count; index += 1) {
        if (mortise_same_name(headers[index].name, name)) {
            return headers[index].value;
        }
    }
    return NULL;
}

const char *mortise_response_header(const mortise_response *response, const char *name) {
    return response == NULL ? NULL : header_of(response->headers, response->header_count, name);
}

const char *mortise_incoming_header(const mortise_incoming *request, const char *name) {
    return request == NULL ? NULL : header_of(request->headers, request->header_count, name);
}

const char *mortise_response_body(const mortise_response *response, size_t *length) {
    *length = response == NULL ? 0 : response->length;
    return response == NULL ? NULL : response->bytes;
}

const char *mortise_response_file(const mortise_response *response) { return response == NULL ? NULL : response->file; }

/// Digits up to a byte that is none; false where there is none, or too many.
static bool read_count(const char **at, uint64_t *count) {
    const char *start = *at;
    *count = 0;
    while (**at >= '0' && **at <= '9') {
        if (*count > (UINT64_MAX - 9) / 10) {
            return false;
        }
        *count = *count * 10 + (uint64_t)(**at - '0');
        *at += 1;
    }
    return *at > start;
}

static bool read_field(const char **at, char behind, int64_t most, int64_t *field) {
    uint64_t count;
    if (!read_count(at, &count) || count > (uint64_t)most || **at != behind) {
        return false;
    }
    *at += 1;
    *field = (int64_t)count;
    return true;
}

/// Seconds since 1970 of an IMF-fixdate (RFC 9110): `Sun, 06 Nov 1994 08:49:37 GMT`.
static bool read_date(const char *text, int64_t *seconds) {
    static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const char *at = strstr(text, ", ");
    int64_t day;
    int64_t year;
    int64_t hour;
    int64_t minute;
    int64_t second;
    if (at == NULL) {
        return false;
    }
    at += 2;
    if (!read_field(&at, ' ', 31, &day) || strlen(at) < 4 || at[3] != ' ') {
        return false;
    }
    int64_t month = 0;
    while (month < 12 && strncmp(at, MONTHS + month * 3, 3) != 0) {
        month += 1;
    }
    at += 4;
    if (month == 12 || !read_field(&at, ' ', 9999, &year) || !read_field(&at, ':', 23, &hour) ||
        !read_field(&at, ':', 59, &minute) || !read_field(&at, ' ', 60, &second)) {
        return false;
    }
    // The year starts in March, so that the leap day is its last.
    month += 1;
    const int64_t months = month > 2 ? month - 3 : month + 9;
    const int64_t years = month > 2 ? year : year - 1;
    const int64_t era = years >= 0 ? years / 400 : -1;
    const int64_t year_of_era = years - era * 400;
    const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + (153 * months + 2) / 5 + day -
                               1;
    *seconds = (era * 146097 + day_of_era - 719468) * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}

/// What `retry-after` says, as seconds or as a date relative to the answer's own `date`: a plugin asks
/// no clock.
static bool retry_after(const mortise_response *response, uint64_t *wait_ms) {
    const char *value = mortise_response_header(response, "retry-after");
    if (value == NULL) {
        return false;
    }
    value += strspn(value, " \t");
    const char *at = value;
    uint64_t count;
    if (read_count(&at, &count) && at[strspn(at, " \t")] == '\0') {
        *wait_ms = count * 1000;
        return count <= UINT64_MAX / 1000;
    }
    const char *date = mortise_response_header(response, "date");
    int64_t then;
    int64_t now;
    if (date == NULL || !read_date(value, &then) || !read_date(date, &now)) {
        return false;
    }
    *wait_ms = then > now ? (uint64_t)(then - now) * 1000 : 0;
    return true;
}

static void refuse(const mortise_response *response) {
    const unsigned status = response->status;
    uint64_t wait_ms;
    if (status == 408 || status == 429 || (status >= 500 && status <= 599)) {
        if (retry_after(response, &wait_ms)) {
            mortise_retry_after(wait_ms, "the server answered %u", status);
        } else {
            mortise_fail(MORTISE_RETRY, "the server answered %u", status);
        }
    } else if (status == 401 || status == 403) {
        mortise_fail(MORTISE_REAUTHORIZE, "the server refused the credential with %u", status);
    } else if (status >= 300 && status <= 399) {
        const char *location = mortise_response_header(response, "location");
        if (location == NULL) {
            mortise_fail(MORTISE_REJECT, "the server answered %u; redirects are not followed", status);
        } else {
            mortise_fail(MORTISE_REJECT, "the server answered %u and points to `%s`; redirects are not followed",
                         status, location);
        }
    } else {
        mortise_fail(MORTISE_REJECT, "the server rejected the request with %u", status);
    }
}

mortise_response *mortise_ok(mortise_response *response) {
    if (response == NULL || (response->status >= 200 && response->status < 300)) {
        return response;
    }
    if (mortise_failed() == NULL) {
        refuse(response);
        mortise_with_status(response->status);
        mortise_with_body(response->bytes, response->length);
    }
    return NULL;
}

const mortise_json *mortise_answer(const mortise_response *response, const char *schema) {
    if (response == NULL || mortise_failed() != NULL) {
        return NULL;
    }
    const char *problem;
    mortise_misfit misfit = {NULL, NULL};
    const mortise_json *value = mortise_parse(response->bytes, response->length, &problem);
    if (value != NULL && mortise_fits(value, schema, &misfit)) {
        return value;
    }
    const char *where = misfit.field == NULL ? "" : misfit.field;
    const char *what = value == NULL ? problem : misfit.problem;
    mortise_fail(MORTISE_UNCLEAR, "the answer is not the JSON that was expected: %s%s%s%s", what,
                 *where == '\0' ? "" : " at `", where, *where == '\0' ? "" : "`");
    mortise_with_status(response->status);
    mortise_with_body(response->bytes, response->length);
    return NULL;
}
