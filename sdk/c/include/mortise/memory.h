/// Memory of the call. Nothing is given back one by one: all of it goes when the call ends.
#ifndef MORTISE_MEMORY_H
#define MORTISE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MORTISE_PRINTF(text, arguments) __attribute__((format(printf, text, arguments)))

/// So many bytes, all zero. Never `NULL`: without memory the call ends here.
void *mortise_alloc(size_t size);

/// The same for a list; a product that is too large ends the call.
void *mortise_alloc_list(size_t count, size_t size);

/// A copy that ends with a zero byte; `NULL` of `NULL`.
char *mortise_copy(const char *text, size_t length);

/// Text as `printf` makes it.
char *mortise_format(const char *format, ...) MORTISE_PRINTF(1, 2);

/// Ends the call with a trap whose reason stands in the step's log: for what can only be a mistake
/// in the plugin. What an application or an input may bring about is a failure instead.
_Noreturn void mortise_panic(const char *format, ...) MORTISE_PRINTF(1, 2);

#endif
