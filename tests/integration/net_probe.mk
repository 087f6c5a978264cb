# Builds build/host/tests/integration/net_probe, the small appliance of host_net_test.py:
#   make -f tests/integration/net_probe.mk net_probe
include Makefile

PROBE := $(BUILD)/host/tests/integration/net_probe
.PHONY: net_probe
net_probe: $(PROBE)
$(PROBE): $(BUILD)/host/tests/integration/net_probe.o $(BUILD)/host/libbrink.a $(HOST_LIBRARIES)
	@$(HOST_CC) -rdynamic -o $@ $< $(BUILD)/host/libbrink.a $(HOST_LIBRARIES) -lm
