# Links images: the appliance's and the tests'. Included by the top Makefile, after IMAGE_OBJECTS and IMAGE_LIBRARIES.
#
# Gives $(call image_link,OBJECTS,OUT): two links, the second with the symbol table that the first one's map
# gives, then stripped; OUT.debug keeps the debugging information. Gives the test images' rules.

PYTHON3 := /usr/bin/python3
IMAGE_LDFLAGS := -pie -n --no-dynamic-linker -T kernel/x86_64/image.ld --gc-sections --hash-style=sysv \
  -z noexecstack -z norelro -z pack-relative-relocs -z max-page-size=4096 --no-eh-frame-hdr \
  --build-id=none --wrap=malloc --wrap=realloc --wrap=free -u free --no-warn-rwx-segments
IMAGE_SCRIPTS := kernel/x86_64/image.ld kernel/x86_64/symbols.py kernel/x86_64/image.mk
IMAGE_LIBGCC := $(shell $(IMAGE_CC) -print-libgcc-file-name)

#   $(1) objects and archives   $(2) result
define image_link
@mkdir -p $(dir $(2))
@ld $(IMAGE_LDFLAGS) -Map $(2).map -o $(2).first $(1) --start-group $(IMAGE_LIBRARIES) $(IMAGE_LIBGCC) --end-group
@$(PYTHON3) kernel/x86_64/symbols.py $(2).map $(2).symbols.S
@$(IMAGE_CC) -c -x assembler $(2).symbols.S -o $(2).symbols.o
@ld $(IMAGE_LDFLAGS) -o $(2).debug $(1) $(2).symbols.o --start-group $(IMAGE_LIBRARIES) $(IMAGE_LIBGCC) --end-group
@objcopy --strip-all $(2).debug $(2)
@rm -f $(2).first $(2).symbols.S $(2).symbols.o
endef

# --- test images: tests/images/NAME.c, the kernel below it, nothing above; drivers_NAME.c has the drivers, too ----

TEST_IMAGES := $(patsubst tests/images/%.c,$(BUILD)/test-images/%.elf,$(wildcard tests/images/*.c))
image_objects = $(patsubst %,$(BUILD)/image/%.o,$(basename $(wildcard $(1))))
TEST_IMAGE_KERNEL := $(call image_objects,base/*.c kernel/*.c kernel/x86_64/*.c kernel/x86_64/*.S)
TEST_IMAGE_DRIVERS := $(call image_objects,drivers/*.c)
TEST_IMAGE_NO_DRIVERS := $(call image_objects,tests/images/support/no_drivers.c)

.PHONY: test-images
test-images: $(TEST_IMAGES)
.SECONDARY: $(TEST_IMAGE_KERNEL) $(TEST_IMAGE_DRIVERS) $(TEST_IMAGE_NO_DRIVERS) \
  $(call image_objects,tests/images/*.c)
$(BUILD)/test-images/drivers_%.elf: $(BUILD)/image/tests/images/drivers_%.o $(TEST_IMAGE_KERNEL) \
    $(TEST_IMAGE_DRIVERS) $(IMAGE_LIBRARIES) $(IMAGE_SCRIPTS)
	$(call image_link,$(filter %.o,$^),$@)
$(BUILD)/test-images/%.elf: $(BUILD)/image/tests/images/%.o $(TEST_IMAGE_KERNEL) $(TEST_IMAGE_NO_DRIVERS) \
    $(IMAGE_LIBRARIES) $(IMAGE_SCRIPTS)
	$(call image_link,$(filter %.o,$^),$@)
