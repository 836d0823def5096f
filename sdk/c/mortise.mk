# What a plugin's Makefile includes: `make test` compiles the plugin and its tests natively against the
# fake host, with the address and undefined behaviour sanitizers where the compiler has them.
SDK ?= $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
PYTHON ?= python3

# `cc`, or the one of PyPI's `ziglang`, which has no address sanitizer.
ifeq ($(origin CC),default)
CC := $(if $(shell command -v cc),cc,$(PYTHON) -m ziglang cc)
endif
ifneq ($(findstring zig,$(CC)),)
SANITIZE ?= undefined
else
SANITIZE ?= address,undefined
endif
CFLAGS ?= -O1 -g
MORTISE_CFLAGS := -std=c11 -Wall -Wextra -Werror -Wconversion -fno-omit-frame-pointer \
	-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -I$(SDK)/include -I$(SDK)/fake
MORTISE_LIBS := -lm

BUILD ?= build
PLUGIN_SOURCES ?= $(sort $(wildcard src/*.c))
PLUGIN_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(PLUGIN_SOURCES))
# What is only for a component would be empty here.
SDK_SOURCES := $(filter-out $(SDK)/src/wasm_%.c,$(sort $(wildcard $(SDK)/src/*.c $(SDK)/fake/*.c)))
SDK_OBJECTS := $(patsubst $(SDK)/%.c,$(BUILD)/sdk/%.o,$(SDK_SOURCES))
TESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(sort $(wildcard tests/*.c)))
FORMATTED ?= $(sort $(wildcard src/*.[ch] tests/*.[ch]))

.PHONY: test format check-format clean
.SECONDARY:

test: $(TESTS)
	@for test in $(TESTS); do echo "$$test"; "$$test" || exit 1; done

$(PLUGIN_OBJECTS): $(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "cc $<"
	@$(CC) $(CFLAGS) $(MORTISE_CFLAGS) -MMD -c $< -o $@

$(BUILD)/sdk/%.o: $(SDK)/%.c
	@mkdir -p $(@D)
	@echo "cc $<"
	@$(CC) $(CFLAGS) $(MORTISE_CFLAGS) -MMD -c $< -o $@

$(BUILD)/tests/%: tests/%.c $(PLUGIN_OBJECTS) $(SDK_OBJECTS)
	@mkdir -p $(@D)
	@echo "cc $<"
	@$(CC) $(CFLAGS) $(MORTISE_CFLAGS) -MMD -MF $@.d -Isrc $< $(PLUGIN_OBJECTS) $(SDK_OBJECTS) -o $@ $(MORTISE_LIBS)

# The version of PyPI's `clang-format` is pinned in requirements.txt: another one may format in another way.
format:
	clang-format -i $(FORMATTED)

check-format:
	clang-format --dry-run --Werror $(FORMATTED)

clean:
	rm -rf $(BUILD)

-include $(wildcard $(BUILD)/*/*.d $(BUILD)/sdk/*/*.d)
