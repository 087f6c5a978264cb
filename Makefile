# Brink. `make demo` shows it, `make test` tests it, `make` builds it; each installs and gets what is missing.
#   make            build/brink-x86_64.elf (the appliance without a site) and build/brink (for people)
#   make demo       a day of a store, from sensors to headquarters, in under two minutes
#   make run        the demo's appliance, kept up, for your own readings
#   make test       every test: units, units under sanitizers, images that must stop, the real appliance
#   make bench      figures, as ratios
#   make nab        how good `is unusual` is on the Numenta Anomaly Benchmark (NAB=FOLDER with its data)
#   make coolers    what `is unusual` finds on simulated coolers that fail, and how soon
#   make fuzz       any bytes at the ways in, a minute each (FUZZ_SECONDS=600 for longer)
#   make lint       clang-format, clang-tidy, cppcheck; takes some minutes
#   make clean      removes what was built, keeps the fetched sources

BUILD := build
.DEFAULT_GOAL := all
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash

# --- flags ---------------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wcast-qual -Wstrict-prototypes -Werror
# The same C for every variant; no contraction, so that the same readings give the same bits everywhere.
COMMON_CFLAGS := -std=gnu11 -g -ffp-contract=off -fno-strict-aliasing -I.

GCC_INCLUDE := $(shell gcc -print-file-name=include 2>/dev/null)
IMAGE_CC := gcc
IMAGE_CFLAGS := -std=gnu11 -g -Os -fPIE -fno-plt -fvisibility=hidden -march=x86-64 -mno-red-zone -fno-omit-frame-pointer \
  -flto -ffat-lto-objects -fstack-protector-strong -mstack-protector-guard=global -fno-builtin-malloc -fno-builtin-calloc \
  -fno-builtin-free -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables \
  -nostdinc -isystem $(BUILD)/image/musl/include -isystem $(GCC_INCLUDE)
HOST_CC := gcc
HOST_CFLAGS := -std=gnu11 -g -O2 -fno-omit-frame-pointer
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined

include third_party/third_party.mk

INCLUDES := $(LWIP_INCLUDES) $(MBEDTLS_INCLUDES) $(CJSON_INCLUDES) $(MOSQUITTO_INCLUDES)

# --- rooms ------------------------------------------------------------------------------------------------

# What judges readings: the same objects on a desk, in the image and under sanitizers.
PORTABLE := $(wildcard base/*.c pipeline/*.c rules/*.c rules/engine/*.c alerts/*.c) site/bundle.c
# What needs a kernel below it.
APPLIANCE := $(PORTABLE) $(wildcard kernel/*.c net/*.c mqtt/*.c appliance/*.c)
IMAGE := $(APPLIANCE) $(wildcard kernel/x86_64/*.c kernel/x86_64/*.S drivers/*.c)
HOST := $(APPLIANCE) $(wildcard kernel/host/*.c)
# What only people's tools need.
DESK := $(PORTABLE) $(wildcard site/*.c rules/language/*.c rules/testing/*.c)
TOOLS := $(wildcard tools/*.c)

# Made by zones.py, not written by hand.
ZONES := $(BUILD)/generated/zones.c

object = $(patsubst %,$(BUILD)/$(1)/%.o,$(basename $(2)))
IMAGE_OBJECTS := $(sort $(call object,image,$(IMAGE)))
HOST_OBJECTS := $(sort $(call object,host,$(HOST) $(DESK))) $(BUILD)/host/generated/zones.o
ASAN_OBJECTS := $(sort $(call object,asan,$(HOST) $(DESK))) $(BUILD)/asan/generated/zones.o

# Objects are made again when their flags change: one file for each variant holds them.
define flags_file
$(BUILD)/$(1)/flags: always
	@mkdir -p $$(@D); echo '$(subst ','\'',$(2))' | cmp -s - $$@ || echo '$(subst ','\'',$(2))' >$$@
endef
.PHONY: always
always:
$(eval $(call flags_file,image,$(IMAGE_CFLAGS) $(COMMON_CFLAGS) $(WARNINGS)))
$(eval $(call flags_file,host,$(HOST_CFLAGS) $(COMMON_CFLAGS) $(WARNINGS)))
$(eval $(call flags_file,asan,$(HOST_CFLAGS) $(SANITIZE) $(COMMON_CFLAGS) $(WARNINGS)))

$(BUILD)/image/%.o: %.c $(BUILD)/image/flags | $(IMAGE_LIBRARIES)
	@mkdir -p $(@D)
	@$(IMAGE_CC) $(IMAGE_CFLAGS) $(COMMON_CFLAGS) $(INCLUDES) $(WARNINGS) $(HOT) -MMD -MP -c $< -o $@
# What runs for every reading is compiled for speed.
$(addprefix $(BUILD)/image/,pipeline/json_scan.o pipeline/decoder.o pipeline/format_json.o pipeline/values.o rules/engine/engine.o \
  rules/engine/condition.o base/number.o mqtt/codec.o): HOT := -O2
$(BUILD)/image/%.o: %.S $(BUILD)/image/flags | $(IMAGE_LIBRARIES)
	@mkdir -p $(@D)
	@$(IMAGE_CC) $(IMAGE_CFLAGS) $(COMMON_CFLAGS) -MMD -MP -c $< -o $@
$(BUILD)/host/%.o: %.c $(BUILD)/host/flags | $(HOST_LIBRARIES)
	@mkdir -p $(@D)
	@$(HOST_CC) $(HOST_CFLAGS) $(COMMON_CFLAGS) $(INCLUDES) $(WARNINGS) -MMD -MP -c $< -o $@
$(BUILD)/asan/%.o: %.c $(BUILD)/asan/flags | $(HOST_LIBRARIES)
	@mkdir -p $(@D)
	@$(HOST_CC) $(HOST_CFLAGS) -O1 $(SANITIZE) $(COMMON_CFLAGS) $(INCLUDES) $(WARNINGS) -MMD -MP -c $< -o $@

$(ZONES): rules/language/zones.py
	@mkdir -p $(@D)
	@/usr/bin/python3 $< $@
$(BUILD)/host/generated/zones.o: $(ZONES) $(BUILD)/host/flags
	@mkdir -p $(@D)
	@$(HOST_CC) $(HOST_CFLAGS) $(COMMON_CFLAGS) $(WARNINGS) -c $< -o $@
$(BUILD)/asan/generated/zones.o: $(ZONES) $(BUILD)/asan/flags
	@mkdir -p $(@D)
	@$(HOST_CC) $(HOST_CFLAGS) -O1 $(SANITIZE) $(COMMON_CFLAGS) $(WARNINGS) -c $< -o $@

$(BUILD)/host/libbrink.a: $(HOST_OBJECTS)
	@rm -f $@ && ar rcs $@ $^
$(BUILD)/asan/libbrink.a: $(ASAN_OBJECTS)
	@rm -f $@ && ar rcs $@ $^

# --- unit tests: tests/unit/ROOM/NAME_test.c is one cmocka program ---------------------------------------------

UNIT := $(wildcard tests/unit/*/*_test.c tests/unit/*/*/*_test.c)
unit_program = $(patsubst %.c,$(BUILD)/$(1)/%,$(UNIT))
HOST_LINK := -lm -lcmocka
$(BUILD)/host/tests/unit/%: $(BUILD)/host/tests/unit/%.o $(BUILD)/host/libbrink.a $(HOST_LIBRARIES)
	@$(HOST_CC) -o $@ $< -Wl,--start-group $(BUILD)/host/libbrink.a $(HOST_LIBRARIES) -Wl,--end-group $(HOST_LINK)
$(BUILD)/asan/tests/unit/%: $(BUILD)/asan/tests/unit/%.o $(BUILD)/asan/libbrink.a $(HOST_LIBRARIES)
	@$(HOST_CC) $(SANITIZE) -o $@ $< -Wl,--start-group $(BUILD)/asan/libbrink.a $(HOST_LIBRARIES) -Wl,--end-group $(HOST_LINK)

# One program by name, for the one who works on it: make unit TEST=tests/unit/base/number_test.c
.PHONY: unit
unit: $(patsubst %.c,$(BUILD)/host/%,$(TEST)) $(patsubst %.c,$(BUILD)/asan/%,$(TEST))
	@for p in $^; do echo "$$p"; $$p || exit 1; done

-include $(shell [ -d $(BUILD) ] && find $(BUILD)/image $(BUILD)/host $(BUILD)/asan $(BUILD)/fuzz -name '*.d' -not -path '*/lib/*' 2>/dev/null)

# --- what is built ------------------------------------------------------------------------------------------------

include $(wildcard kernel/x86_64/image.mk)

$(BUILD)/brink-x86_64.elf: $(IMAGE_OBJECTS) $(IMAGE_LIBRARIES) $(IMAGE_SCRIPTS)
	$(call image_link_whole,$(IMAGE_OBJECTS),$@)
	@echo "  $@"

TOOL_OBJECTS := $(patsubst %.c,$(BUILD)/host/%.o,$(TOOLS))
$(BUILD)/brink: $(TOOL_OBJECTS) $(BUILD)/host/libbrink.a $(HOST_LIBRARIES)
	@$(HOST_CC) -o $@ $(TOOL_OBJECTS) $(BUILD)/host/libbrink.a $(BUILD)/host/lib/libcjson.a -lmosquitto -lm
	@echo "  $@"
$(BUILD)/brink-host: $(BUILD)/host/libbrink.a $(HOST_LIBRARIES)
	@$(HOST_CC) -o $@ -Wl,--whole-archive $(BUILD)/host/libbrink.a -Wl,--no-whole-archive $(HOST_LIBRARIES) -lm -rdynamic
	@echo "  $@"
$(BUILD)/brink-host-asan: $(BUILD)/asan/libbrink.a $(HOST_LIBRARIES)
	@$(HOST_CC) $(SANITIZE) -o $@ -Wl,--whole-archive $(BUILD)/asan/libbrink.a -Wl,--no-whole-archive $(HOST_LIBRARIES) -lm -rdynamic
	@echo "  $@"

.PHONY: help
help:
	@sed -n 's/^# \{0,1\}//p;/^$$/q' Makefile

.PHONY: all
all: $(BUILD)/brink-x86_64.elf $(BUILD)/brink $(BUILD)/brink-host

# What every command needs first: Debian's packages and the library sources. Quick when they are there.
.PHONY: prepare
prepare:
	@mkdir -p $(BUILD)/log
	@third_party/packages.sh $(BUILD)/log/packages.log
	@third_party/fetch.sh

# --- what people run: each prepares, then builds, then runs --------------------------------------------------------

.PHONY: demo run test bench lint clean
demo: prepare
	@$(MAKE) --no-print-directory -j2 all
	@/usr/bin/python3 tools/demo.py play
run: prepare
	@$(MAKE) --no-print-directory -j2 all
	@/usr/bin/python3 tools/demo.py run
test: prepare
	@$(MAKE) --no-print-directory -j2 all tests
	@/usr/bin/python3 tests/run.py $(TESTS)
BENCHES := $(patsubst %.c,$(BUILD)/host/%,$(wildcard bench/*_bench.c))
bench: prepare
	@$(MAKE) --no-print-directory -j2 all $(BENCHES) $(BUILD)/test-images/hello.elf
	@command -v valgrind >/dev/null || apt-get install -y -qq valgrind >$(BUILD)/log/valgrind.log 2>&1 || \
	  echo "valgrind could not be installed: see $(BUILD)/log/valgrind.log"
	@for b in $(BENCHES); do $$b || exit 1; done
	@/usr/bin/python3 bench/trying.py
	@/usr/bin/python3 bench/boot.py
$(BUILD)/host/bench/%: $(BUILD)/host/bench/%.o $(BUILD)/host/bench/instructions.o $(BUILD)/host/libbrink.a
	@$(HOST_CC) -o $@ $^ -lm

# The benchmark's data is not part of the project: NAB=FOLDER says where it lies, else it is looked for beside the project.
NAB := $(firstword $(wildcard nab ../nab ../*/nab ../../*/nab) nab)
.PHONY: nab
nab: prepare
	@$(MAKE) --no-print-directory -j2 $(BUILD)/brink
	@/usr/bin/python3 bench/nab.py $(NAB)
.PHONY: coolers
coolers: prepare
	@$(MAKE) --no-print-directory -j2 $(BUILD)/brink
	@/usr/bin/python3 bench/coolers.py

# --- fuzzing: tests/fuzz/NAME_fuzz.c, a minute each; FUZZ_SECONDS for longer ----------------------------------------

FUZZ := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*_fuzz.c))
FUZZ_SECONDS := 60
FUZZ_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined
FUZZED := $(filter-out site/%,$(PORTABLE)) $(wildcard rules/language/*.c rules/testing/*.c) mqtt/codec.c
FUZZED_OBJECTS := $(call object,fuzz,$(FUZZED)) $(BUILD)/fuzz/generated/zones.o
$(eval $(call flags_file,fuzz,$(FUZZ_SANITIZE) $(COMMON_CFLAGS)))
$(BUILD)/fuzz/%.o: %.c $(BUILD)/fuzz/flags | $(BUILD)/host/lib/libcjson.a
	@mkdir -p $(@D)
	@clang -O1 -fsanitize=fuzzer-no-link $(FUZZ_SANITIZE) $(COMMON_CFLAGS) $(INCLUDES) -MMD -MP -c $< -o $@
$(BUILD)/fuzz/generated/zones.o: $(ZONES) $(BUILD)/fuzz/flags
	@mkdir -p $(@D)
	@clang -O1 $(FUZZ_SANITIZE) $(COMMON_CFLAGS) -c $< -o $@
$(BUILD)/fuzz/%_fuzz: $(BUILD)/fuzz/tests/fuzz/%_fuzz.o $(FUZZED_OBJECTS) $(BUILD)/host/lib/libcjson.a
	@clang -fsanitize=fuzzer $(FUZZ_SANITIZE) -o $@ $^ -lm
.PHONY: fuzz
fuzz: prepare
	@$(MAKE) --no-print-directory -j2 $(FUZZ:%=$(BUILD)/fuzz/%)
	@for f in $(FUZZ); do /usr/bin/python3 tests/fuzz/fuzz.py $$f --seconds $(FUZZ_SECONDS) || exit 1; done

.PHONY: tests
tests: all $(BENCHES) $(call unit_program,host) $(call unit_program,asan) $(TEST_IMAGES) $(BUILD)/brink-host-asan $(BUILD)/fuzz/rules_fuzz $(BUILD)/fuzz/payload_fuzz

lint: prepare
	@tests/lint.sh && echo "lint: clean"

clean:
	@find $(BUILD) -mindepth 1 -maxdepth 1 ! -name sources ! -name log -exec rm -rf {} + 2>/dev/null || true

.PHONY: print-includes
print-includes:
	$(info $(INCLUDES))@:
