# Links images: the appliance's and the tests'. Included by the top Makefile, after IMAGE_OBJECTS and IMAGE_LIBRARIES.
#
# Gives $(call image_link,OBJECTS,OUT): two links, the second with the symbol table that the first one's map
# gives, then stripped; OUT.debug keeps the debugging information. $(call image_link_whole,OBJECTS,OUT) does the same
# after optimising all objects and libraries as one program, which makes the appliance a tenth smaller and takes
# some seconds. Gives the test images' rules.

PYTHON3 := /usr/bin/python3
IMAGE_LDFLAGS := -pie -n --no-dynamic-linker -T kernel/x86_64/image.ld --gc-sections --hash-style=sysv \
  -z noexecstack -z norelro -z pack-relative-relocs -z max-page-size=4096 --no-eh-frame-hdr \
  --build-id=none --wrap=malloc --wrap=realloc --wrap=free -u free --no-warn-rwx-segments
IMAGE_SCRIPTS := kernel/x86_64/image.ld kernel/x86_64/symbols.py kernel/x86_64/image.mk
IMAGE_LIBGCC := $(shell $(IMAGE_CC) -print-libgcc-file-name 2>/dev/null)

#   $(1) objects   $(2) result   $(3) what the symbols' names are looked up in
define image_link
@mkdir -p $(dir $(2))
@ld $(IMAGE_LDFLAGS) -Map $(2).map -o $(2).first $(1) --start-group $(IMAGE_LIBRARIES) $(IMAGE_LIBGCC) --end-group
@$(PYTHON3) kernel/x86_64/symbols.py $(2).map $(2).symbols.S $(3)
@$(IMAGE_CC) -c -x assembler $(2).symbols.S -o $(2).symbols.o
@ld $(IMAGE_LDFLAGS) -o $(2).debug $(1) $(2).symbols.o --start-group $(IMAGE_LIBRARIES) $(IMAGE_LIBGCC) --end-group
@objcopy --strip-all $(2).debug $(2)
@rm -f $(2).first $(2).symbols.S $(2).symbols.o
endef

# The compiler optimises everything together and leaves assembler, of which the two links are then made; what it
# has linked itself is thrown away, for its map can't say from which object a function came. Debugging information
# does not survive this: OUT.debug has the symbols alone (lines are for the host platform's debugger).
comma := ,
empty :=
space := $(empty) $(empty)
define image_link_whole
@rm -rf $(2).lto && mkdir -p $(2).lto
@$(IMAGE_CC) $(IMAGE_CFLAGS) -flto=2 -save-temps=obj -nostdlib -static-pie -Wl,$(subst $(space),$(comma),$(strip $(IMAGE_LDFLAGS))) \
  -o $(2).lto/whole $(1) -Wl,--start-group $(IMAGE_LIBRARIES) -lgcc -Wl,--end-group 2>$(2).lto/log || { cat $(2).lto/log; exit 1; }
@for part in $(2).lto/*.ltrans.s; do as -o $${part%.s}.whole.o $$part && objcopy --strip-debug $${part%.s}.whole.o || exit 1; done
$(call image_link,$(filter-out $(call object,image,$(filter %.c,$(IMAGE))),$(1)) $(2).lto/*.whole.o,$(2),$(1) $(IMAGE_LIBRARIES))
@rm -rf $(2).lto
endef

# --- test images: tests/images/NAME.c, the kernel below it, nothing above; drivers_NAME.c has the drivers, too ----

TEST_IMAGES := $(patsubst tests/images/%.c,$(BUILD)/test-images/%.elf,$(wildcard tests/images/*.c))
image_objects = $(patsubst %,$(BUILD)/image/%.o,$(basename $(wildcard $(1))))
TEST_IMAGE_KERNEL := $(call image_objects,base/*.c kernel/*.c kernel/x86_64/*.c kernel/x86_64/*.S)
TEST_IMAGE_DRIVERS := $(call image_objects,drivers/*.c)
TEST_IMAGE_NO_DRIVERS := $(call image_objects,tests/images/support/no_drivers.c)

.PHONY: test-images
test-images: $(TEST_IMAGES)
$(BUILD)/test-images/drivers_%.elf: $(BUILD)/image/tests/images/drivers_%.o $(TEST_IMAGE_KERNEL) \
    $(TEST_IMAGE_DRIVERS) $(IMAGE_LIBRARIES) $(IMAGE_SCRIPTS)
	$(call image_link,$(filter %.o,$^),$@)
$(BUILD)/test-images/%.elf: $(BUILD)/image/tests/images/%.o $(TEST_IMAGE_KERNEL) $(TEST_IMAGE_NO_DRIVERS) \
    $(IMAGE_LIBRARIES) $(IMAGE_SCRIPTS)
	$(call image_link,$(filter %.o,$^),$@)
