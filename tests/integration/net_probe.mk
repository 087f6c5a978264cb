# Builds the small appliance of host_net_test.py and image_net_test.py:
#   make -f tests/integration/net_probe.mk net_probe         build/host/tests/integration/net_probe
#   make -f tests/integration/net_probe.mk net_probe_image   build/image/tests/integration/net_probe.elf
include Makefile
.DELETE_ON_ERROR: # a link that failed must not look like a program

PROBE := $(BUILD)/host/tests/integration/net_probe
.PHONY: net_probe net_probe_image
net_probe: $(PROBE)
$(PROBE): $(BUILD)/host/tests/integration/net_probe.o $(BUILD)/host/libbrink.a $(HOST_LIBRARIES)
	@$(HOST_CC) -rdynamic -o $@ $< -Wl,--start-group $(BUILD)/host/libbrink.a $(HOST_LIBRARIES) \
	  -Wl,--end-group -lm # in a group: lwIP needs functions of net/, too

PROBE_OBJECTS := $(call image_objects,tests/integration/net_probe.c base/*.c kernel/*.c kernel/x86_64/*.c \
  kernel/x86_64/*.S drivers/*.c net/*.c site/bundle.c)
net_probe_image: $(BUILD)/image/tests/integration/net_probe.elf
$(BUILD)/image/tests/integration/net_probe.elf: $(PROBE_OBJECTS) $(IMAGE_LIBRARIES) $(IMAGE_SCRIPTS)
	$(call image_link,$(PROBE_OBJECTS),$@)
