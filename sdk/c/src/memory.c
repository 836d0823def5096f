#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/// A piece of memory; what it holds begins behind it.
typedef struct block {
    struct block *older;
    size_t size;
    size_t used;
    max_align_t bytes[];
} block;

static block *newest;

/// In a component, small pieces share a block. In tests each has its own, so that the address
/// sanitizer sees a step over its end.
#ifdef __wasm__
#define BLOCK_BYTES ((size_t)16 * 1024)
#else
#define BLOCK_BYTES ((size_t)0)
#endif

void *mortise_alloc(size_t size) {
    const size_t unit = _Alignof(max_align_t);
    if (size > SIZE_MAX / 2) {
        mortise_panic("out of memory: %zu bytes were asked for", size);
    }
    const size_t rounded = BLOCK_BYTES == 0 ? size : (size + unit - 1) / unit * unit;
    if (newest == NULL || newest->size - newest->used < rounded || BLOCK_BYTES == 0) {
        const size_t room = rounded > BLOCK_BYTES ? rounded : BLOCK_BYTES;
        block *fresh = malloc(sizeof(block) + room);
        if (fresh == NULL) {
            mortise_panic("out of memory: %zu bytes were asked for", size);
        }
        fresh->older = newest;
        fresh->size = room;
        fresh->used = 0;
        newest = fresh;
    }
    void *start = (char *)newest->bytes + newest->used;
    newest->used += rounded;
    return size == 0 ? start : memset(start, 0, size);
}

void mortise_free_all(void) {
    while (newest != NULL) {
        block *older = newest->older;
        free(newest);
        newest = older;
    }
}

void *mortise_alloc_list(size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size) {
        mortise_panic("out of memory: %zu times %zu bytes were asked for", count, size);
    }
    return mortise_alloc(count * size);
}

void *mortise_grow(void *items, size_t count, size_t *room, size_t size) {
    if (count < *room) {
        return items;
    }
    const size_t larger = *room == 0 ? 4 : *room * 2;
    void *moved = mortise_alloc_list(larger, size);
    if (count > 0) {
        memcpy(moved, items, count * size);
    }
    *room = larger;
    return moved;
}

char *mortise_copy(const char *text, size_t length) {
    if (text == NULL) {
        return NULL;
    }
    char *copy = mortise_alloc(length + 1);
    memcpy(copy, text, length);
    return copy;
}

char *mortise_copy_text(const char *text) { return text == NULL ? NULL : mortise_copy(text, strlen(text)); }

MORTISE_PRINTF(1, 0)
static char *format_list(const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0) {
        mortise_panic("`%s` cannot be formatted", format);
    }
    char *text = mortise_alloc((size_t)length + 1);
    (void)vsnprintf(text, (size_t)length + 1, format, arguments);
    return text;
}

char *mortise_format(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = format_list(format, arguments);
    va_end(arguments);
    return text;
}

_Noreturn void mortise_panic(const char *format, ...) {
    // On the stack: there may be no memory left to say so.
    char reason[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    for (char *c = reason; *c != '\0'; c += 1) {
        *c = (unsigned char)*c < 0x80 ? *c : '?';
    }
    host_log(MORTISE_LOG_ERROR, reason, NULL, 0);
#ifdef __wasm__
    __builtin_trap();
#else
    (void)fprintf(stderr, "the plugin gave up: %s\n", reason);
    abort();
#endif
}
